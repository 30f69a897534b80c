package io.culvert.operator.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Eventually;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.snapshot.DatastoreState.Phase;
import io.culvert.reconciler.resource.Rejected;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What an agent knows that starts while etcd cannot be reached, and what it learns from its file when etcd has forgotten. */
@Tag("slow")
class SnapshotKeeperTest {

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    @TempDir
    private Path directory;

    private EtcdConnection etcd;

    @BeforeEach
    void connect() {
        etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()));
    }

    @AfterEach
    void disconnect() {
        etcd.close();
    }

    /** An agent's life as far as etcd sees it. */
    private final class Life implements AutoCloseable {

        final Recorder seen = new Recorder();
        final SnapshotKeeper keeper;
        final DatastoreWatcher watcher;
        private final WatcherThread thread;

        Life() {
            this(SERVER.endpoint());
        }

        Life(String endpoints) {
            keeper = new SnapshotKeeper(
                    new KeptSnapshot(directory, "n1", EtcdConfig.plain(endpoints)), ForkJoinPool.commonPool());
            watcher = new DatastoreWatcher(etcd, seen, Clock.systemUTC(), Optional.of(keeper));
            thread = WatcherThread.start(watcher);
        }

        Life inSync() {
            Eventually.holds("in sync", seen::isInSync);
            return this;
        }

        Life recalled() {
            Eventually.holds("recalled", () -> !seen.recalled.isEmpty());
            return this;
        }

        @Override
        public void close() {
            thread.close();
            keeper.close();
        }
    }

    @Test
    void a_start_without_etcd_goes_on_with_what_was_last_and_etcd_replaces_it() throws IOException {
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        try (Life first = new Life().inSync()) {
            put(Keys.node("n1"), DatastoreWatcherTest.node("n1", "10.0.0.1/24"));
            Eventually.holds("node seen", () -> first.seen.last().nodes().containsKey("n1"));
        }
        SERVER.stop();
        try (Life second = new Life().recalled()) {
            assertThat(second.seen.snapshots).isEmpty();
            assertThat(second.seen.recalled.get(0).pools()).containsOnlyKeys("p");
            assertThat(second.seen.recalled.get(0).nodes()).containsOnlyKeys("n1");
            assertThat(second.watcher.revision())
                    .isEqualTo(second.seen.recalled.get(0).revision());
            Instant since = second.watcher.state().since();
            SERVER.start();
            second.inSync();
            assertThat(second.seen.states)
                    .filteredOn(state -> state.phase() == Phase.DOWN)
                    .as("an outage is one outage, from its beginning")
                    .isNotEmpty()
                    .allSatisfy(down -> assertThat(down.since()).isEqualTo(since));
            long revision = put(Keys.node("n2"), DatastoreWatcherTest.node("n2", "10.0.0.2/24"));
            Eventually.holds("followed", () -> second.seen.last().revision() == revision);
            assertThat(second.seen.recalled).hasSize(1);
        }
    }

    @Test
    void it_is_written_when_things_are_quiet_without_an_end_in_good_order() throws IOException {
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        try (Life killed = new Life().inSync()) {
            long revision = put(Keys.node("n1"), DatastoreWatcherTest.node("n1", "10.0.0.1/24"));
            Eventually.holds(
                    "on the disk",
                    () -> killed.keeper
                            .recall()
                            .filter(kept -> kept.revision() == revision)
                            .isPresent());
        }
    }

    @Test
    void the_writer_gets_one_task_at_a_time_and_writes_the_latest() {
        KeptSnapshot file = new KeptSnapshot(directory, "n1", etcd.config());
        List<Runnable> tasks = new ArrayList<>();
        try (SnapshotKeeper keeper = new SnapshotKeeper(file, tasks::add)) {
            keeper.put(new FullReading(new SnapshotAssembler(), 1));
            keeper.put(new FullReading(new SnapshotAssembler(), 2));
            assertThat(tasks).hasSize(1);
            tasks.get(0).run();
            assertThat(file.recall().orElseThrow().revision()).isEqualTo(2);

            keeper.put(new FullReading(new SnapshotAssembler(), 3));
            assertThat(tasks).hasSize(2);
            tasks.get(1).run();
            assertThat(file.recall().orElseThrow().revision()).isEqualTo(3);
        }
    }

    @Test
    void nothing_kept_is_nothing_known() throws IOException {
        SERVER.stop();
        try (Life life = new Life()) {
            Eventually.holds("down", () -> life.watcher.state().phase() == Phase.DOWN);
            SERVER.start();
            life.inSync();
            assertThat(life.seen.recalled).isEmpty();
        }
    }

    @Test
    void etcd_that_answers_is_believed_before_the_file() throws IOException {
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        new Life().inSync().close();
        try (Life second = new Life().inSync()) {
            assertThat(second.seen.recalled).isEmpty();
        }
    }

    @Test
    void a_damaged_file_is_set_aside() throws IOException {
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        new Life().inSync().close();
        byte[] content = Files.readAllBytes(file());
        content[content.length / 2] ^= 1;
        Files.write(file(), content);
        SERVER.stop();
        try (Life second = new Life()) {
            Eventually.holds("set aside", () -> !Files.exists(file()));
            SERVER.start();
            second.inSync();
            assertThat(second.seen.recalled).isEmpty();
            Eventually.holds("written again", () -> Files.exists(file()));
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .hasSize(2)
                    .anyMatch(name -> name.startsWith("snapshot.n1.damaged-"));
        }
    }

    @Test
    void what_another_cluster_held_is_not_believed() throws IOException {
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        new Life().inSync().close();
        KeptSnapshot elsewhere =
                new KeptSnapshot(directory, "n1", EtcdConfig.plain("http://127.0.0.1:1,http://127.0.0.1:2"));
        KeptSnapshot moving =
                new KeptSnapshot(directory, "n1", EtcdConfig.plain("http://127.0.0.1:1," + SERVER.endpoint()));
        KeptSnapshot otherNode = new KeptSnapshot(directory, "n2", etcd.config());
        assertThat(elsewhere.recall()).isEmpty();
        assertThat(otherNode.recall()).isEmpty();
        assertThat(moving.recall()).isPresent();
    }

    @Test
    void a_locked_datastore_leaves_what_was_before_the_lock() throws IOException {
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        try (Life life = new Life().inSync()) {
            Eventually.holds("on the disk", () -> Files.exists(file()));
            put(DatastoreLock.KEY, "{\"metadata\":{\"name\":\"default\"},\"spec\":{\"datastoreReady\":false}}");
            Eventually.holds("locked", () -> life.seen.last().locked());
            long revision = put(Keys.pool("q"), DatastoreWatcherTest.pool("q", "10.9.0.0/16"));
            Eventually.holds("seen", () -> life.seen.last().revision() == revision);
        }
        KeptSnapshot later = new KeptSnapshot(directory, "n1", etcd.config());
        assertThat(later.recall().orElseThrow().snapshot().locked()).isFalse();
        assertThat(later.recall().orElseThrow().snapshot().pools()).containsOnlyKeys("p");
    }

    @Test
    void the_last_good_value_that_etcd_has_forgotten_is_taken_from_the_file() throws IOException {
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        new Life().inSync().close();
        long broken = put(Keys.pool("p"), "{not json");
        SERVER.etcdctl("compact", Long.toString(broken));
        try (Life second = new Life().inSync()) {
            assertThat(second.seen.last().pools()).containsOnlyKeys("p");
            assertThat(second.seen.last().rejected())
                    .extracting(Rejected::lastGoodKept)
                    .containsExactly(true);
        }
        try (Life third = new Life().inSync()) {
            assertThat(third.seen.last().pools())
                    .as("what was inherited is kept in turn")
                    .containsOnlyKeys("p");
        }
    }

    @Test
    void the_last_good_value_of_another_store_is_not_taken() throws IOException {
        long created = put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        new Life().inSync().close();
        SERVER.stop();
        SERVER.deleteData();
        SERVER.start();
        EtcdServer.awaitAnswer(etcd);
        Eventually.holds("the pool's revision is over", () -> put("/elsewhere", "") > created);
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "172.16.0.0/16"));
        long broken = put(Keys.pool("p"), "{not json");
        SERVER.etcdctl("compact", Long.toString(broken));
        try (Life second = new Life().inSync()) {
            assertThat(second.seen.last().pools()).isEmpty();
        }
    }

    @Test
    void a_state_directory_that_cannot_be_written_does_no_harm() throws IOException {
        Files.writeString(directory.resolve("occupied"), "");
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        Recorder seen = new Recorder();
        try (SnapshotKeeper nowhere = new SnapshotKeeper(
                        new KeptSnapshot(directory.resolve("occupied"), "n1", etcd.config()), Runnable::run);
                DatastoreWatcher watcher = new DatastoreWatcher(etcd, seen, Clock.systemUTC(), Optional.of(nowhere))) {
            WatcherThread.start(watcher);
            Eventually.holds("in sync", seen::isInSync);
            Eventually.holds("due", nowhere::isDue);
            long revision = put(Keys.node("n1"), DatastoreWatcherTest.node("n1", "10.0.0.1/24"));
            Eventually.holds("followed", () -> seen.last().revision() == revision);
        }
    }

    @Test
    void a_start_beside_a_store_that_lost_its_data_goes_on_with_what_was_last() throws IOException {
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        put(Keys.node("n1"), DatastoreWatcherTest.node("n1", "10.0.0.1/24"));
        new Life().inSync().close();
        SERVER.stop();
        SERVER.deleteData();
        SERVER.start();
        try (Life second = new Life().recalled()) {
            Eventually.holds(
                    "the loss is noticed", () -> second.watcher.state().detail().contains("has lost its data"));
            assertThat(second.seen.snapshots).isEmpty();
            assertThat(second.seen.recalled.get(0).pools()).containsOnlyKeys("p");

            put(Keys.pool("q"), DatastoreWatcherTest.pool("q", "10.9.0.0/16"));
            second.inSync();
            assertThat(second.seen.last().pools()).containsOnlyKeys("q");
        }
    }

    @Test
    void the_last_pool_that_was_deleted_between_two_lives_is_gone() {
        long pool = put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        new Life().inSync().close();
        etcd.delete(Keys.pool("p"), pool);
        try (Life second = new Life().inSync()) {
            assertThat(second.seen.last().pools()).isEmpty();
            assertThat(second.seen.recalled).isEmpty();
        }
    }

    @Test
    void what_a_replaced_store_holds_is_kept_in_turn() throws IOException {
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        put(Keys.node("n1"), DatastoreWatcherTest.node("n1", "10.0.0.1/24"));
        try (Life life = new Life().inSync()) {
            SERVER.stop();
            SERVER.deleteData();
            SERVER.start();
            EtcdServer.awaitAnswer(etcd);
            put(Keys.pool("q"), DatastoreWatcherTest.pool("q", "10.9.0.0/16"));
            Eventually.holds(
                    "followed",
                    () -> List.of("q")
                            .equals(List.copyOf(life.seen.last().pools().keySet())));
        }
        KeptSnapshot later = new KeptSnapshot(directory, "n1", etcd.config());
        assertThat(later.recall().orElseThrow().snapshot().pools()).containsOnlyKeys("q");
    }

    private Path file() {
        return directory.resolve("snapshot.n1");
    }

    private long put(String key, String value) {
        return etcd.put(key, value.getBytes(StandardCharsets.UTF_8), 0);
    }
}
