package io.culvert.operator.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.operator.Eventually;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.snapshot.DatastoreState.Phase;
import io.culvert.operator.snapshot.DatastoreWatcher;
import io.culvert.operator.snapshot.DatastoreWatcherTest;
import io.culvert.operator.snapshot.Recorder;
import io.culvert.operator.snapshot.WatcherThread;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Users, passwords and tokens that live for a second, as {@code etcdctl} sets them up. */
@Tag("slow")
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
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        Eventually.holds("three lives of a token", () -> System.nanoTime() - end > 0);
        follows("n1");
        // The new process knows no token of the old one's.
        SERVER.stop();
        SERVER.start();
        follows("n2");
    }

    /** etcd checks the permission of a watch when it is opened, and not later. */
    @Test
    void authentication_that_is_switched_on_under_a_living_watch_takes_nothing_back() throws IOException {
        EtcdConfig withoutUser = EtcdConfig.plain(SERVER.endpoint());
        try (EtcdConnection anonymous = EtcdConnection.open(withoutUser);
                DatastoreWatcher theirs = new DatastoreWatcher(anonymous, seen, Clock.systemUTC())) {
            WatcherThread.start(theirs);
            Eventually.holds("in sync", seen::isInSync);
            SERVER.etcdctl("auth", "enable");
            follows("n1");
            assertThatThrownBy(() -> anonymous.revision(Keys.POOLS))
                    .isInstanceOf(DatastoreException.class)
                    .hasMessageContaining("(no user); check --etcd-username");
            assertThat(theirs.state().phase()).isEqualTo(Phase.IN_SYNC);

            SERVER.stop();
            saysThatItIsDown(theirs, "check --etcd-endpoints");
            SERVER.start();
            saysThatItIsDown(theirs, "(no user); check --etcd-username");
            assertThat(seen.last().nodes()).containsOnlyKeys("n1");
        }
        WatcherThread.start(watcher);
        follows("n2");
        assertThat(seen.last().nodes()).containsOnlyKeys("n1", "n2");
    }

    @Test
    void a_user_is_refused_as_long_as_there_is_no_authentication() throws IOException {
        assertThatThrownBy(() -> etcd.revision(Keys.POOLS))
                .isInstanceOf(DatastoreException.class)
                .hasMessageContaining("enable authentication in etcd, or remove --etcd-username");
        SERVER.etcdctl("auth", "enable");
        WatcherThread.start(watcher);
        follows("n1");
    }

    /** With the reason that there is now. */
    private static void saysThatItIsDown(DatastoreWatcher watcher, String why) {
        Eventually.holds(
                "down: " + why,
                () -> watcher.state().phase() == Phase.DOWN
                        && watcher.state().detail().contains(why));
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
        Eventually.holds(
                "sees " + node,
                () -> !seen.snapshots.isEmpty() && seen.last().nodes().containsKey(node));
    }
}
