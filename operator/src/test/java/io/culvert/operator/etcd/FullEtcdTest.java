package io.culvert.operator.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.culvert.operator.cli.CommandRun;
import io.culvert.operator.etcd.DatastoreException.Kind;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A real etcd whose database has reached its quota. */
class FullEtcdTest {

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer("--quota-backend-bytes=1000000");

    @Test
    void saysSoInEtcdsWordsWithTheCureAndWorksAgainAfterIt() throws IOException {
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
            DatastoreException full = fill(etcd);
            assertThat(full.kind()).isEqualTo(Kind.FULL);
            assertThat(full)
                    .hasMessageContaining("etcdserver: mvcc: database space exceeded")
                    .hasMessageContaining("compacts and defragments it and disarms the alarm (docs/runbook.md)")
                    .hasMessageNotContaining("larger");
            assertThat(etcd.get("/fill/0")).as("etcd still answers").isPresent();
            CommandRun apply = CommandRun.of(
                    "{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: a}, spec: {cidr: 10.0.0.0/16}}",
                    "apply",
                    "-f",
                    "-",
                    "--etcd-endpoints=" + SERVER.endpoint());
            assertThat(apply.exitCode()).isEqualTo(1);
            assertThat(apply.err()).singleElement().asString().contains("database space exceeded");

            long revision = etcd.revision("/fill/0");
            SERVER.etcdctl("del", "/fill/", "--prefix");
            SERVER.etcdctl("compaction", Long.toString(revision + 1));
            SERVER.etcdctl("defrag");
            SERVER.etcdctl("alarm", "disarm");
            assertThat(etcd.create("after", new byte[1]).done()).isTrue();
        }
    }

    private static DatastoreException fill(EtcdConnection etcd) {
        return catchThrowableOfType(DatastoreException.class, () -> {
            for (int i = 0; i < 1000; i++) {
                etcd.create("/fill/" + i, new byte[100_000]);
            }
        });
    }
}
