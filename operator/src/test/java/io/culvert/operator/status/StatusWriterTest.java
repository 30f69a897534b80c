package io.culvert.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Eventually;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StatusWriterTest {

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private EtcdConnection etcd;
    private StatusReader reader;

    @BeforeEach
    void connect() {
        etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()));
        reader = new StatusReader(etcd);
    }

    @AfterEach
    void disconnect() {
        etcd.close();
    }

    @Test
    void is_read_as_it_was_written_and_written_only_when_it_says_something_new() {
        StatusWriter writer = new StatusWriter(etcd);
        writer.write(status("n1", 7, 1));
        writer.write(status("n1", 7, 2));
        assertThat(reader.read().nodes()).containsExactly(status("n1", 7, 1));
        writer.write(status("n1", 8, 3));
        new StatusWriter(etcd).write(status("n0", 8, 3));
        assertThat(reader.read().nodes()).containsExactly(status("n0", 8, 3), status("n1", 8, 3));
        writer.withdraw();
        assertThat(reader.read().nodes()).containsExactly(status("n0", 8, 3));
    }

    @Test
    void goes_when_its_agent_is_gone_and_stays_while_it_is_refreshed() {
        StatusWriter dead = new StatusWriter(etcd, Duration.ofSeconds(1));
        StatusWriter alive = new StatusWriter(etcd, Duration.ofSeconds(1));
        dead.write(status("dead", 1, 1));
        alive.write(status("alive", 1, 1));
        Eventually.holds("the dead one is gone", () -> {
            alive.refresh();
            return reader.read().nodes().size() < 2;
        });
        assertThat(reader.read().nodes()).extracting(NodeStatus::node).containsExactly("alive");
        dead.refresh();
        assertThat(reader.read().nodes()).extracting(NodeStatus::node).containsExactly("alive", "dead");
    }

    @Test
    void comes_back_after_its_lease_was_revoked_under_it() throws Exception {
        StatusWriter writer = new StatusWriter(etcd);
        writer.write(status("n1", 1, 1));
        revokeLeases();
        assertThat(reader.read().nodes()).isEmpty();
        writer.refresh();
        assertThat(reader.read().nodes()).containsExactly(status("n1", 1, 1));
    }

    @Test
    void a_write_after_the_lease_was_lost_gets_a_new_one_at_the_next_try() throws Exception {
        StatusWriter writer = new StatusWriter(etcd);
        writer.write(status("n1", 1, 1));
        revokeLeases();
        Eventually.holds("written again", () -> {
            try {
                writer.write(status("n1", 2, 1));
            } catch (DatastoreException lost) {
                assertThat(lost.kind()).isEqualTo(DatastoreException.Kind.REFUSED);
            }
            return reader.read().nodes().equals(List.of(status("n1", 2, 1)));
        });
    }

    private static void revokeLeases() throws IOException {
        for (String lease : SERVER.etcdctl("lease", "list").lines().skip(1).toList()) {
            SERVER.etcdctl("lease", "revoke", lease);
        }
    }

    private static NodeStatus status(String node, long revision, long second) {
        return new NodeStatus(
                node,
                "10.0.0.1/24",
                "192.168.0.0",
                "0.1.0",
                revision,
                revision - 1,
                false,
                Map.of("p", new NodeStatus.Pool(false, 3, 2, 1)),
                List.of(new NodeStatus.Failure("route 192.168.0.0/26", "WAITING", "network is down")),
                List.of(new NodeStatus.Unrouted("192.168.1.0/26", "", "in no pool")),
                List.of(new NodeStatus.Rejection("IPPool", "/calico/x", "malformed", true)),
                Map.of("v", "VXLAN"),
                List.of("rp_filter is strict on eth0"),
                Instant.ofEpochSecond(second).toString());
    }
}
