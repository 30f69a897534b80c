package io.culvert.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The roles of version 0.1 let an agent write its status and not read it. */
class FormerRoleTest {

    private static final String AS_ROOT = "root:secret";

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer("--auth-token-ttl=600");

    @BeforeAll
    static void makeTheRole() throws IOException {
        ETCD.etcdctl("user", "add", AS_ROOT);
        ETCD.etcdctl("user", "grant-role", "root", "root");
        ETCD.etcdctl("auth", "enable");
        ETCD.shell(AS_ROOT, """
                etcdctl role add former
                etcdctl role grant-permission former write /culvert/v1/status/n1
                etcdctl user add agent:secret
                etcdctl user grant-role agent former
                """);
    }

    @Test
    void theStatusIsWrittenAndWhatIsMissingIsSaid() throws IOException {
        try (EtcdConnection etcd = EtcdConnection.open(as("agent"))) {
            StatusWriter writer = new StatusWriter(etcd);
            writer.write(status(1));
            writer.write(status(2));
            writer.refresh();

            assertThat(stored()).contains("\"snapshotRevision\":2");
            assertThat(writer.holds()).isTrue();
            assertThat(writer.unguarded())
                    .hasValueSatisfying(text -> assertThat(text)
                            .contains("another agent with the name n1 would not be noticed", "docs/guide.md"));

            writer.withdraw();
            assertThat(stored()).isEmpty();
        }
    }

    private static EtcdConfig as(String user) {
        return new EtcdConfig(
                List.of(URI.create(ETCD.endpoint())),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(user),
                Optional.of("secret"));
    }

    private static String stored() throws IOException {
        return ETCD.etcdctl("--user=" + AS_ROOT, "get", "/culvert/v1/status/", "--prefix", "--print-value-only")
                .strip();
    }

    private static NodeStatus status(long revision) {
        return new NodeStatus(
                "n1",
                "10.0.0.1/24",
                "192.168.0.0",
                "0.2.0",
                revision,
                revision,
                false,
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                List.of(),
                "1970-01-01T00:00:00Z",
                "");
    }
}
