package io.culvert.operator.etcd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Users, passwords and tokens that live for a second, as {@code etcdctl} sets them up. */
class AuthenticationTest {

    private static final String USER = "--user=root:secret";

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer("--auth-token-ttl=1");

    private final Recorder seen = new Recorder();
    private EtcdConnection etcd;
    private DatastoreWatcher watcher;

    @BeforeEach
    void connect() throws IOException {
        SERVER.etcdctl("del", "", "--prefix");
        SERVER.etcdctl("user", "add", "root:secret");
        SERVER.etcdctl("user", "grant-role", "root", "root");
        etcd = EtcdConnection.open(new EtcdConfig(
                EtcdConfig.parseEndpoints(SERVER.endpoint()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("root"),
                Optional.of("secret")));
        watcher = new DatastoreWatcher(etcd, seen, Clock.systemUTC());
    }

    @AfterEach
    void disconnect() throws IOException {
        watcher.close();
        etcd.close();
        SERVER.etcdctl(USER, "auth", "disable");
        SERVER.etcdctl("user", "delete", "root");
    }

    @Test
    void an_expired_token_is_replaced() throws IOException {
        SERVER.etcdctl("auth", "enable");
        watcher.start();
        Eventually.holds("in sync", seen::isInSync);
        long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        Eventually.holds("three lives of a token", () -> System.nanoTime() - end > 0);
        follows("n1");
        // The new process knows no token of the old one's.
        SERVER.stop();
        SERVER.start();
        follows("n2");
    }

    /** Writes and sees what it wrote. */
    private void follows(String node) {
        Eventually.holds("writes " + node, () -> {
            try {
                etcd.put(
                        Keys.node(node),
                        DatastoreWatcherTest.node(node, "10.0.0.1/24").getBytes(StandardCharsets.UTF_8),
                        0);
                return true;
            } catch (DatastoreException notYet) {
                return false;
            }
        });
        Eventually.holds("sees " + node, () -> seen.last().nodes().containsKey(node));
    }
}
