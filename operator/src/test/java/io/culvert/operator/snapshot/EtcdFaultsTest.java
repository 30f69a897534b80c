package io.culvert.operator.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.operator.Eventually;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.CuttingProxy;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdCluster;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.snapshot.DatastoreState.Phase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A watcher while etcd stops, hangs, loses its leader or its data, and comes back. */
@Tag("slow")
class EtcdFaultsTest {

    /** What is promised, from the first answer that etcd gives to anybody. */
    private static final Duration RECOVERY = Duration.ofSeconds(5);

    private static final Duration NOTICED = Duration.ofSeconds(40);

    /** {@code -Dculvert.test.outage=600}, in seconds, for the long version. */
    private static final Duration OUTAGE = Duration.ofSeconds(Long.getLong("culvert.test.outage", 60));

    /** How long etcd serves without one. */
    private static final Duration WITHOUT_DIRECTORY = Duration.ofSeconds(3);

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private final Recorder seen = new Recorder();
    private EtcdConnection etcd;
    private DatastoreWatcher watcher;

    @BeforeEach
    void connect() {
        follow(SERVER.endpoint());
    }

    private void follow(String endpoints) {
        etcd = EtcdConnection.open(EtcdConfig.plain(endpoints));
        watcher = new DatastoreWatcher(etcd, seen, Clock.systemUTC());
    }

    @AfterEach
    void disconnect() {
        watcher.close();
        etcd.close();
    }

    @Test
    void an_etcd_that_hangs_for_a_while_is_followed_when_it_goes_on() throws IOException {
        put("n1");
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        SERVER.signal("STOP");
        assertThatThrownBy(() -> put("late")).isInstanceOf(DatastoreException.class);
        SERVER.signal("CONT");
        follows("n2");
        // Not that "late" is absent: what an etcd that hangs has already received cannot be withdrawn.
        assertThat(seen.last().nodes()).containsKeys("n1", "n2");
        assertThat(seen.states).extracting(DatastoreState::phase).containsOnlyOnce(Phase.RESYNC);
    }

    @Test
    void a_slow_disk_delays_what_is_written_and_loses_nothing() throws IOException {
        Duration delay = Duration.ofMillis(400);
        int nodes = 8;
        put("n0");
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        Process slow = SERVER.slowDisk(delay);
        try {
            long start = System.nanoTime();
            for (int i = 1; i <= nodes; i++) {
                put("n" + i);
            }
            assertThat(System.nanoTime() - start)
                    .as("nanoseconds that %d writes took", nodes)
                    .isGreaterThan(delay.multipliedBy(nodes).toNanos());
            Eventually.holds("sees all", () -> seen.last().nodes().size() == nodes + 1);
        } finally {
            slow.destroyForcibly().onExit().join();
        }
        follows("last");
        assertThat(seen.states)
                .extracting(DatastoreState::phase)
                .doesNotContain(Phase.DOWN)
                .containsOnlyOnce(Phase.RESYNC);
    }

    /** The names of signals; one that hangs (STOP) costs gRPC 15 s to notice: 10 s of silence, and 5 s for a sign of life. */
    @ParameterizedTest
    @MethodSource
    void a_leader_that_is_lost_is_replaced_and_no_event_is_lost(String signal) throws IOException {
        disconnect();
        try (EtcdCluster cluster = new EtcdCluster()) {
            follow(cluster.endpoints());
            WatcherThread.start(watcher);
            Eventually.holds("in sync", seen::isInSync);
            follows("n1");
            EtcdServer leader = cluster.leader();
            leader.signal(signal);
            Eventually.holds("writes to another", NOTICED, () -> written("n2"));
            Eventually.holds("sees it", NOTICED, () -> seen.last().nodes().containsKey("n2"));
            leader.stop();
            leader.start();
            follows(leader, "n3");
            assertThat(seen.last().nodes()).containsOnlyKeys("n1", "n2", "n3");
            assertThat(seen.states).extracting(DatastoreState::phase).containsOnlyOnce(Phase.RESYNC);
            disconnect();
        }
    }

    static List<String> a_leader_that_is_lost_is_replaced_and_no_event_is_lost() {
        return List.of(System.getProperty("culvert.test.leader", "KILL").split(","));
    }

    /** Its length does not matter, as it is tried again as often after a minute as at once. */
    @Test
    void after_an_outage_it_follows_as_soon_as_etcd_answers() throws IOException {
        disconnect();
        try (CuttingProxy proxy = new CuttingProxy(SERVER.port())) {
            follow(proxy.endpoint());
            put("n1");
            WatcherThread.start(watcher);
            Eventually.holds("in sync", seen::isInSync);
            proxy.bar();
            SERVER.stop();
            long end = System.nanoTime() + OUTAGE.toNanos();
            Eventually.holds("the outage is over", OUTAGE.plusMinutes(1), () -> {
                assertThat(seen.last().nodes()).containsOnlyKeys("n1");
                return System.nanoTime() - end > 0;
            });
            Duration pause = longestPause(proxy.knocks());
            SERVER.start();
            proxy.unbar();
            System.out.printf(
                    Locale.ROOT,
                    "figure: %d s without etcd, tried again every %.2f s at least, then followed in %.2f s%n",
                    OUTAGE.toSeconds(),
                    pause.toNanos() / 1e9,
                    follows("n2").toNanos() / 1e9);
            assertThat(pause).as("between two attempts").isLessThan(RECOVERY);
            assertThat(seen.states).extracting(DatastoreState::phase).containsOnlyOnce(Phase.RESYNC);
            disconnect();
        }
    }

    private static Duration longestPause(List<Long> moments) {
        return Duration.ofNanos(IntStream.range(1, moments.size())
                .mapToLong(i -> moments.get(i) - moments.get(i - 1))
                .max()
                .orElseThrow());
    }

    /** etcd continues with its open files, so at first there is no sign of it. */
    @Test
    void data_that_are_wiped_under_a_living_watch_are_followed_until_etcd_dies_and_after() throws IOException {
        put("n1");
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        SERVER.deleteData();
        long end = System.nanoTime() + WITHOUT_DIRECTORY.toNanos();
        for (int i = 0; System.nanoTime() - end < 0; i++) {
            follows("unwritten" + i);
        }
        assertThat(seen.states).extracting(DatastoreState::phase).doesNotContain(Phase.DOWN);
        int known = seen.last().nodes().size();

        SERVER.stop();
        Eventually.holds("down", () -> watcher.state().phase() == Phase.DOWN);
        assertThat(seen.last().nodes()).hasSize(known);
        SERVER.start();
        follows("n2");
        assertThat(seen.last().nodes()).containsOnlyKeys("n2");
        assertThat(watcher.restarts(WatchRestart.REPLACED)).isEqualTo(1);
    }

    @Test
    void a_store_that_lost_its_data_empties_nothing() throws IOException {
        putPool("p", "192.168.0.0/16");
        put("n1");
        WatcherThread.start(watcher);
        Eventually.holds(
                "everything seen", () -> seen.isInSync() && seen.last().nodes().containsKey("n1"));
        long known = seen.last().revision();

        loseData();
        Eventually.holds("reported", NOTICED, () -> watcher.state().detail().contains("has lost its data"));
        assertThat(watcher.state().phase()).isEqualTo(Phase.DOWN);
        assertThat(watcher.state().detail())
                .contains(SERVER.endpoint(), "below " + known, "restore a backup", "apply the pools");
        Instant since = watcher.state().since();
        Eventually.holds("more revisions than before", () -> written("n2") && etcd.revision(Keys.POOLS) > known);
        SERVER.stop();
        SERVER.start();
        Eventually.holds("writes", () -> written("n3"));
        assertThat(seen.last().pools()).containsOnlyKeys("p");
        assertThat(seen.last().nodes()).containsOnlyKeys("n1");
        assertThat(watcher.state().since()).isEqualTo(since);
        assertThat(seen.states).extracting(DatastoreState::phase).containsOnlyOnce(Phase.RESYNC);

        putPool("q", "10.9.0.0/16");
        Eventually.holds("followed", RECOVERY, () -> seen.last().pools().containsKey("q"));
        assertThat(seen.last().pools()).containsOnlyKeys("q");
        assertThat(seen.last().nodes()).containsOnlyKeys("n2", "n3");
    }

    @Test
    void the_last_pool_that_somebody_deletes_while_the_watch_is_broken_is_gone() throws IOException {
        disconnect();
        try (CuttingProxy proxy = new CuttingProxy(SERVER.port());
                EtcdConnection direct = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
            follow(proxy.endpoint());
            long pool = direct.put(Keys.pool("p"), bytes(DatastoreWatcherTest.pool("p", "192.168.0.0/16")), 0);
            WatcherThread.start(watcher);
            Eventually.holds("in sync", seen::isInSync);
            proxy.bar();
            Eventually.holds("down", () -> watcher.state().phase() == Phase.DOWN);
            direct.delete(Keys.pool("p"), pool);
            proxy.unbar();
            Eventually.holds("followed", RECOVERY, () -> seen.last().pools().isEmpty());
            disconnect();
        }
    }

    private static void loseData() throws IOException {
        SERVER.stop();
        SERVER.deleteData();
        SERVER.start();
    }

    @Test
    void a_catch_up_larger_than_grpcs_default_needs_no_second_list() throws IOException {
        catchUp(
                10,
                () -> assertThat(seen.states).extracting(DatastoreState::phase).containsOnlyOnce(Phase.RESYNC));
    }

    @Test
    void a_catch_up_too_large_for_one_message_is_listed_instead() throws IOException {
        catchUp(70, () -> assertThat(watcher.restarts(WatchRestart.TOO_LARGE)).isEqualTo(1));
    }

    /** Has that many megabytes happen while the watcher is away. */
    private void catchUp(int megabytes, Runnable check) throws IOException {
        disconnect();
        try (CuttingProxy proxy = new CuttingProxy(SERVER.port());
                EtcdConnection direct = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
            follow(proxy.endpoint());
            WatcherThread.start(watcher);
            Eventually.holds("in sync", seen::isInSync);
            proxy.bar();
            Eventually.holds("down", () -> watcher.state().phase() == Phase.DOWN);
            char[] megabyte = new char[1_000_000];
            Arrays.fill(megabyte, 'x');
            for (int i = 0; i < megabytes; i++) {
                String node = DatastoreWatcherTest.node("n" + i, "10.0.0.1/24");
                String value = node.substring(0, node.length() - 1) + ",\"x\":\"" + new String(megabyte) + "\"}";
                direct.put(Keys.node("n" + i), value.getBytes(StandardCharsets.UTF_8), 0);
            }
            proxy.unbar();
            Eventually.holds("everything seen", () -> seen.last().nodes().size() == megabytes);
            follows("last");
            check.run();
            disconnect();
        }
    }

    private Duration follows(String node) {
        return follows(SERVER, node);
    }

    /** Writes, sees what it wrote, and has not taken long since etcd answered somebody who knows nothing of an outage. */
    private Duration follows(EtcdServer answering, String node) {
        Eventually.holds("etcd answers", answering::isHealthy);
        long answered = System.nanoTime();
        Eventually.holds("writes " + node, () -> written(node));
        Eventually.holds("sees " + node, () -> seen.last().nodes().containsKey(node));
        Duration took = Duration.ofNanos(System.nanoTime() - answered);
        assertThat(took).as("from etcd's first answer until %s was seen", node).isLessThan(RECOVERY);
        return took;
    }

    private boolean written(String node) {
        try {
            put(node);
            return true;
        } catch (DatastoreException notYet) {
            return false;
        }
    }

    private void put(String node) {
        etcd.put(Keys.node(node), bytes(DatastoreWatcherTest.node(node, "10.0.0.1/24")), 0);
    }

    private void putPool(String name, String cidr) {
        Eventually.holds("writes " + name, () -> {
            try {
                etcd.put(Keys.pool(name), bytes(DatastoreWatcherTest.pool(name, cidr)), 0);
                return true;
            } catch (DatastoreException notYet) {
                return false;
            }
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
