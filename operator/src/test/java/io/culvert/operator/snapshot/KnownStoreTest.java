package io.culvert.operator.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.etcd.Stored;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class KnownStoreTest {

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private static final String POOL = Keys.POOLS + "web";

    /** Other clients write to it, so it may be beyond what is known when a watch opens a moment later. */
    @Test
    void a_store_that_is_behind_what_is_known_is_another_one() throws Exception {
        SERVER.etcdctl(
                "put",
                POOL,
                "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"web\"},"
                        + "\"spec\":{\"cidr\":\"192.168.0.0/16\"}}");
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
            KnownStore store = new KnownStore(etcd, Optional.empty());
            store.read();
            assertThat(store.isSame()).isTrue();

            Stored now = etcd.get(POOL).orElseThrow();
            store.apply(List.of(
                    new Stored(POOL, now.value(), now.createRevision(), now.modRevision() + 5, now.version() + 1)));
            assertThat(store.isSame()).as("after a restore").isFalse();
        }
    }
}
