package io.culvert.operator.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Eventually;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.CuttingProxy;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.snapshot.DatastoreState.Phase;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Rejected;
import io.culvert.reconciler.resource.Snapshot;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
public class DatastoreWatcherTest {

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private final Recorder seen = new Recorder();
    private EtcdConnection etcd;
    private final List<Closeable> opened = new ArrayList<>();
    private DatastoreWatcher watcher;

    @BeforeEach
    void connect() {
        etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()));
        watcher = new DatastoreWatcher(etcd, seen, Clock.systemUTC());
    }

    @AfterEach
    void disconnect() throws IOException {
        watcher.close();
        etcd.close();
        for (Closeable open : opened) {
            open.close();
        }
    }

    @Test
    void lists_what_is_there_and_follows_what_happens() {
        put(Keys.pool("p"), pool("p", "192.168.0.0/16"));
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        assertThat(seen.last().pools()).containsOnlyKeys("p");

        long revision = put(Keys.node("n1"), node("n1", "10.0.0.1/24"));
        Eventually.holds("node seen", () -> seen.last().nodes().containsKey("n1"));
        assertThat(seen.last().revision()).isEqualTo(revision);

        Prefix block = Prefix.parse("192.168.0.64/26");
        put(Keys.block(block), "{\"cidr\":\"192.168.0.64/26\",\"affinity\":\"host:n1\"}");
        put(Keys.affinity("n1", block), "{\"state\":\"pending\"}");
        Eventually.holds("affinity seen", () -> seen.last().affinities().size() == 1);
        assertThat(seen.last().blocks()).containsOnlyKeys(block);

        delete(Keys.node("n1"));
        Eventually.holds("node gone", () -> seen.last().nodes().isEmpty());
    }

    @Test
    void reads_everything_again_when_asked() {
        put(Keys.pool("p"), pool("p", "192.168.0.0/16"));
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        Snapshot first = seen.last();
        long revision = put("/elsewhere", "x");
        assertThat(seen.readAgain).isEmpty();

        watcher.readAgain(first.revision());
        Eventually.holds("read again", () -> !seen.readAgain.isEmpty());
        assertThat(seen.last()).isNotSameAs(first);
        assertThat(seen.last().pools()).containsOnlyKeys("p");
        assertThat(seen.readAgain).containsExactly(seen.last().revision());
        assertThat(seen.last().revision()).isGreaterThanOrEqualTo(revision);

        put(Keys.node("n1"), node("n1", "10.0.0.1/24"));
        Eventually.holds("node seen", () -> seen.last().nodes().containsKey("n1"));
    }

    @Test
    void keeps_the_events_of_a_transaction_together() throws IOException {
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        for (int i = 0; i < 50; i++) {
            transaction("n1", "10.0.0." + (i + 1) + "/24", "n2", "10.0.1." + (i + 1) + "/24");
        }
        Eventually.holds("last seen", () -> host(seen.last(), "n1") == 50);
        assertThat(seen.snapshots)
                .allSatisfy(snapshot -> assertThat(host(snapshot, "n1")).isEqualTo(host(snapshot, "n2")));
    }

    @Test
    void loses_and_doubles_nothing_when_the_connection_is_cut_at_random() throws Exception {
        int puts = 6000;
        Random random = new Random(20261123);
        watcher.close();
        try (CuttingProxy proxy = new CuttingProxy(SERVER.port());
                EtcdConnection shaky = EtcdConnection.open(EtcdConfig.plain(proxy.endpoint()))) {
            watcher = new DatastoreWatcher(shaky, seen, Clock.systemUTC());
            WatcherThread.start(watcher);
            Eventually.holds("in sync", seen::isInSync);
            int listed = count(Phase.RESYNC);
            long nextCut = System.nanoTime();
            List<Long> revisions = new ArrayList<>();
            for (int i = 0; i < puts; i++) {
                revisions.add(put(Keys.node("n" + i), node("n" + i, "10.0.0.1/24")));
                if (System.nanoTime() - nextCut > 0) {
                    proxy.cut();
                    nextCut = System.nanoTime()
                            + Duration.ofMillis(20 + random.nextInt(700)).toNanos();
                }
            }
            long last = revisions.get(revisions.size() - 1);
            Eventually.holds("everything seen", () -> seen.last().revision() == last);
            assertThat(seen.last().nodes()).hasSize(puts);
            assertThat(count(Phase.RESYNC)).as("lists").isEqualTo(listed);
            assertThat(watcher.restarts(WatchRestart.BROKEN)).isGreaterThan(5);
            long before = 0;
            for (Snapshot snapshot : seen.snapshots) {
                assertThat(snapshot.revision()).isGreaterThan(before);
                before = snapshot.revision();
                long complete = before;
                assertThat((long) snapshot.nodes().size())
                        .as("nodes at revision " + before)
                        .isEqualTo(revisions.stream().filter(r -> r <= complete).count());
            }
        }
    }

    @Test
    void lists_again_when_its_revision_was_compacted_while_it_was_away() throws Exception {
        put(Keys.pool("p"), pool("p", "192.168.0.0/16"));
        put(Keys.node("gone"), node("gone", "10.0.0.9/24"));
        whileAway(() -> {
            delete(Keys.node("gone"));
            long revision = put(Keys.node("n1"), node("n1", "10.0.0.1/24"));
            SERVER.etcdctl("compact", Long.toString(revision));
            assertThat(seen.last().nodes()).containsOnlyKeys("gone");
        });
        Eventually.holds("listed again", () -> seen.last().nodes().containsKey("n1"));
        assertThat(seen.last().nodes()).containsOnlyKeys("n1");
        assertThat(watcher.restarts(WatchRestart.COMPACTED)).isEqualTo(1);
    }

    @Test
    void survives_a_restart_without_listing_again() throws IOException {
        put(Keys.pool("p"), pool("p", "192.168.0.0/16"));
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        SERVER.stop();
        Eventually.holds("down", () -> count(Phase.DOWN) > 0);
        assertThat(watcher.state().detail()).contains(SERVER.endpoint()).contains("--etcd-endpoints");
        assertThat(seen.last().pools()).containsOnlyKeys("p");
        SERVER.start();
        Eventually.holds("in sync again", seen::isInSync);
        put(Keys.node("n1"), node("n1", "10.0.0.1/24"));
        Eventually.holds("node seen", () -> seen.last().nodes().containsKey("n1"));
        assertThat(count(Phase.RESYNC)).isEqualTo(1);
    }

    @Test
    void an_outage_has_its_newest_reason_and_its_first_moment() throws IOException {
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        SERVER.stop();
        Eventually.holds("connection refused", () -> watcher.state().detail().contains("refused"));
        DatastoreState first = watcher.state();
        try (ServerSocket mute = new ServerSocket(SERVER.port(), 50, InetAddress.getLoopbackAddress())) {
            Eventually.holds("no confirmation", () -> watcher.state().detail().contains("does not confirm a watch"));
            assertThat(watcher.state().since()).isEqualTo(first.since());
            assertThat(mute.isBound()).isTrue();
        }
        SERVER.start();
        Eventually.holds("in sync again", seen::isInSync);
    }

    @Test
    void lists_again_when_the_data_were_wiped_and_the_new_store_is_younger() throws IOException {
        put(Keys.pool("p"), pool("p", "192.168.0.0/16"));
        delete(Keys.pool("p"));
        put(Keys.node("n1"), node("n1", "10.0.0.1/24"));
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        wipe();
        Eventually.holds("empty", () -> seen.last().nodes().isEmpty());
        assertThat(watcher.restarts(WatchRestart.REPLACED)).isEqualTo(1);
        put(Keys.node("n2"), node("n2", "10.0.0.2/24"));
        Eventually.holds("node seen", () -> seen.last().nodes().containsKey("n2"));
    }

    @Test
    void lists_again_when_the_data_were_wiped_and_the_new_store_has_more_revisions() throws Exception {
        put(Keys.pool("p"), pool("p", "192.168.0.0/16"));
        put(Keys.node("n1"), node("n1", "10.0.0.1/24"));
        whileAway(() -> {
            wipe();
            long last = 0;
            for (int i = 0; last < seen.last().revision() + 10; i++) {
                last = put(Keys.node("new" + i % 2), node("new" + i % 2, "10.0.0.1/24"));
            }
        });
        Eventually.holds("new nodes seen", () -> seen.last().nodes().containsKey("new0"));
        assertThat(seen.last().nodes()).containsOnlyKeys("new0", "new1");
        assertThat(seen.last().pools()).isEmpty();
        assertThat(watcher.restarts(WatchRestart.REPLACED)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lists_again_when_an_older_backup_was_restored_and_has_caught_up(boolean deletion) throws Exception {
        wipe();
        long pool = put(Keys.pool("p"), pool("p", "192.168.0.0/16"));
        put(Keys.node("kept"), node("kept", "10.0.0.1/24"));
        put(Keys.node("later"), node("later", "10.0.0.2/24"));
        whileAway(
                () -> {
                    if (deletion) {
                        delete(Keys.node("later"));
                        Eventually.holds("seen", () -> seen.last().nodes().size() == 1);
                    }
                },
                () -> {
                    wipe();
                    assertThat(put(Keys.pool("p"), pool("p", "192.168.0.0/16"))).isEqualTo(pool);
                    put(Keys.node("kept"), node("kept", "10.0.0.1/24"));
                    for (int i = 0; i < 10; i++) {
                        put("/elsewhere", "x");
                    }
                    put(Keys.node("other"), node("other", "10.0.0.3/24"));
                });
        Eventually.holds("listed again", () -> watcher.restarts(WatchRestart.REPLACED) == 1);
        Eventually.holds("seen", () -> seen.last().nodes().containsKey("other"));
        assertThat(seen.last().nodes()).containsOnlyKeys("kept", "other");
    }

    @Test
    void keeps_the_last_good_value_of_a_key_also_across_its_own_restart() throws IOException {
        put(Keys.pool("p"), pool("p", "192.168.0.0/16"));
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        put(Keys.pool("p"), pool("p", "192.168.0.0/99"));
        put(Keys.pool("p"), "{not json");
        Eventually.holds("rejected", () -> !seen.last().rejected().isEmpty());
        Eventually.holds("second", () -> seen.last().rejected().get(0).reason().contains("JSON"));
        assertKept(seen.last());

        Recorder later = new Recorder();
        try (DatastoreWatcher other = new DatastoreWatcher(etcd, later, Clock.systemUTC())) {
            WatcherThread.start(other);
            Eventually.holds("in sync", later::isInSync);
            assertKept(later.last());
        }

        SERVER.etcdctl("compact", Long.toString(seen.last().revision()));
        Recorder last = new Recorder();
        try (DatastoreWatcher other = new DatastoreWatcher(etcd, last, Clock.systemUTC())) {
            WatcherThread.start(other);
            Eventually.holds("in sync", last::isInSync);
            assertThat(last.last().pools()).isEmpty();
            assertThat(last.last().rejected())
                    .extracting(Rejected::lastGoodKept)
                    .containsExactly(false);
        }
    }

    @Test
    void closing_ends_a_run_that_waits_for_a_silent_etcd() throws Exception {
        AtomicBoolean interrupted = new AtomicBoolean(true);
        Thread thread = new Thread(() -> {
            watcher.run();
            interrupted.set(Thread.interrupted());
        });
        SERVER.signal("STOP");
        try {
            thread.start();
            Eventually.holds(
                    "it waits for an answer",
                    () -> Arrays.stream(thread.getStackTrace())
                            .anyMatch(frame -> frame.getMethodName().equals("callOnce")));
            watcher.close();
            thread.join(Duration.ofSeconds(2).toMillis());
            assertThat(thread.isAlive()).isFalse();
            assertThat(interrupted).as("the thread has other things to do").isFalse();
        } finally {
            SERVER.signal("CONT");
        }
    }

    @Test
    void a_watcher_that_is_closed_first_does_nothing() {
        watcher.close();
        watcher.run();
        assertThat(seen.states).isEmpty();
    }

    /** So that what is promised for the end of an outage does not depend on how long it was. */
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 10, 100, 10_000, Integer.MAX_VALUE})
    void pauses_between_attempts_do_not_grow_with_the_outage(int failures) {
        Duration promised = Duration.ofSeconds(5);
        Duration longest = EtcdConnection.REBUILD_AFTER.plus(EtcdConnection.BREAK);
        for (int i = 0; i < 1000; i++) {
            assertThat(longest.plusMillis(DatastoreWatcher.pauseMillis(failures)))
                    .isLessThan(promised);
        }
    }

    private static void assertKept(Snapshot snapshot) {
        assertThat(snapshot.pools()).containsOnlyKeys("p");
        assertThat(snapshot.rejected())
                .singleElement()
                .satisfies(rejected -> assertThat(rejected.lastGoodKept()).isTrue())
                .satisfies(rejected -> assertThat(rejected.key()).isEqualTo(Keys.pool("p")));
    }

    private interface Happening {
        void happens() throws Exception;
    }

    /** Has the watcher follow through a proxy, and things happen while the proxy lets nothing through. */
    private void whileAway(Happening happening) throws Exception {
        whileAway(() -> {}, happening);
    }

    private void whileAway(Happening before, Happening happening) throws Exception {
        watcher.close();
        CuttingProxy proxy = new CuttingProxy(SERVER.port());
        opened.add(proxy);
        EtcdConnection shaky = EtcdConnection.open(EtcdConfig.plain(proxy.endpoint()));
        opened.add(shaky::close);
        watcher = new DatastoreWatcher(shaky, seen, Clock.systemUTC());
        WatcherThread.start(watcher);
        Eventually.holds("in sync", seen::isInSync);
        before.happens();
        proxy.bar();
        Eventually.holds("down", () -> count(Phase.DOWN) > 0);
        happening.happens();
        proxy.unbar();
    }

    private void wipe() throws IOException {
        SERVER.stop();
        SERVER.deleteData();
        SERVER.start();
        EtcdServer.awaitAnswer(etcd);
    }

    private int count(Phase phase) {
        return (int)
                seen.states.stream().filter(state -> state.phase() == phase).count();
    }

    private static int host(Snapshot snapshot, String node) {
        Node found = snapshot.nodes().get(node);
        return found == null ? 0 : found.address().orElseThrow().address().bits() & 255;
    }

    private void transaction(String first, String firstAddress, String second, String secondAddress)
            throws IOException {
        String input = "\nput " + Keys.node(first) + " " + quoted(node(first, firstAddress)) + "\nput "
                + Keys.node(second) + " " + quoted(node(second, secondAddress)) + "\n\n\n";
        SERVER.etcdctlReading(input, "txn");
    }

    private static String quoted(String text) {
        return '"' + text.replace("\"", "\\\"") + '"';
    }

    private long put(String key, String value) {
        return etcd.put(key, bytes(value), 0);
    }

    private void delete(String key) {
        etcd.delete(key, etcd.get(key).orElseThrow().modRevision());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static String pool(String name, String cidr) {
        return "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"" + name
                + "\"},\"spec\":{\"cidr\":\"" + cidr + "\",\"ipipMode\":\"Always\"}}";
    }

    public static String node(String name, String address) {
        return "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"" + name
                + "\"},\"spec\":{\"bgp\":{\"ipv4Address\":\"" + address + "\"}}}";
    }
}
