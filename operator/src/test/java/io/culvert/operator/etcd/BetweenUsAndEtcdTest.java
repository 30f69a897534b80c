package io.culvert.operator.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.culvert.operator.etcd.DatastoreException.Kind;
import io.culvert.operator.status.NodeStatus;
import io.culvert.operator.status.StatusWriter;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real etcd that is reached by IPv6, or through {@code etcd grpc-proxy}, which hides status codes. */
class BetweenUsAndEtcdTest {

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void end() {
        processes.forEach(process -> process.destroyForcibly().onExit().join());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://[::1]:6", "http://[::1]:6,http://127.0.0.1:4", "http://127.0.0.1:1,http://[::1]:6"})
    void ipv6EndpointsConnectAloneAndAmongOthers(String endpoints) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, Inet6Address.getByName("::1"))) {
            port = free.getLocalPort();
        }
        start("socat", "TCP6-LISTEN:" + port + ",bind=[::1],fork,reuseaddr", "TCP4:127.0.0.1:" + SERVER.port());
        String used = endpoints
                .replace("]:6", "]:" + port)
                .replace("1:4", "1:" + SERVER.port())
                .replace("1:1", "1:" + EtcdServer.freePort());
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(used))) {
            EtcdServer.awaitAnswer(etcd);
            assertThat(etcd.create("six", new byte[] {6}).done()).isTrue();
        }
    }

    @Test
    void aLeaseThatExpiredIsReplacedThroughAProxyToo() throws IOException {
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(proxy()))) {
            EtcdServer.awaitAnswer(etcd);
            StatusWriter writer = new StatusWriter(etcd);
            writer.write(status());
            String lease =
                    SERVER.etcdctl("lease", "list").lines().skip(1).findFirst().orElseThrow();
            SERVER.etcdctl("lease", "revoke", lease.strip());
            assertThat(etcd.get("/culvert/v1/status/n1")).isEmpty();
            writer.refresh();
            assertThat(etcd.get("/culvert/v1/status/n1")).isPresent();
        }
    }

    @Test
    void whatEtcdSaysThroughAProxyIsUnderstood() throws IOException {
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(proxy()))) {
            EtcdServer.awaitAnswer(etcd);
            long revision = etcd.put("a", new byte[] {1}, etcd.grantLease(60));
            SERVER.etcdctl("put", "a", "2");
            SERVER.etcdctl("put", "a", "3");
            SERVER.etcdctl("compaction", Long.toString(revision + 1));
            assertThat(catchThrowableOfType(DatastoreException.class, () -> etcd.getAt("a", revision))
                            .kind())
                    .isEqualTo(Kind.COMPACTED);
            assertThat(catchThrowableOfType(DatastoreException.class, () -> etcd.getAt("a", revision + 1000))
                            .kind())
                    .isEqualTo(Kind.NOT_REACHED);
            DatastoreException gone =
                    catchThrowableOfType(DatastoreException.class, () -> etcd.put("a", new byte[] {1}, 12345));
            assertThat(gone.kind()).isEqualTo(Kind.REFUSED);
            assertThat(gone).hasMessageContaining("requested lease not found");
        }
    }

    private static NodeStatus status() {
        return new NodeStatus(
                "n1",
                "10.0.0.1/24",
                "",
                "1",
                1,
                1,
                true,
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                List.of(),
                "",
                "");
    }

    private String proxy() throws IOException {
        String address = InetAddress.getLoopbackAddress().getHostAddress() + ":" + EtcdServer.freePort();
        start(
                "etcd",
                "grpc-proxy",
                "start",
                "--endpoints=127.0.0.1:" + SERVER.port(),
                "--listen-addr=" + address,
                "--advertise-client-url=" + address);
        return "http://" + address;
    }

    private void start(String... command) throws IOException {
        List<String> words = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
        words.addAll(List.of(command));
        processes.add(new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
    }
}
