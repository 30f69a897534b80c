package io.culvert.operator.snapshot;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.DatastoreException.Kind;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdFailure;
import io.culvert.operator.etcd.KeyChange;
import io.culvert.operator.etcd.Listing;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.etcd.WatchSession;
import io.culvert.operator.snapshot.DatastoreState.Phase;
import io.culvert.reconciler.resource.Snapshot;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link Snapshot} of etcd: everything is listed at one revision, then watched from the next one on. One thread of its
 * own does it all in straight-line code; the listener is called on it.
 *
 * <p>There is one watch, over the range of keys from the blocks to the nodes, rather than one for each kind: so the events of
 * a transaction arrive together, and the revision of the last event is a revision at which the snapshot is complete. The
 * endpoints' busy keys lie outside the range; the few others inside it are passed over.
 *
 * <p>It survives whatever happens to etcd. A broken watch is opened again behind the last delivered revision, never resumed by
 * jetcd, which loses events then. Everything is listed again if that revision is compacted, or if etcd is not the store it was
 * (wiped or restored): its revision is behind ours, the oldest pool is not the same one, or its history lacks what was seen
 * last. Until then the last snapshot stands; at the start that is the one kept on disk, if etcd does not answer for a while. A
 * store whose revision is behind and that has no pool any more has lost its data, which nobody wished: the last snapshot stands
 * until there is a pool.
 */
public final class DatastoreWatcher implements AutoCloseable {

    /** Where snapshots and states go. Called on the watcher's thread; must not block for long. */
    public interface Listener {

        /**
         * Something that snapshots are made of was written.
         *
         * @param receivedNanos {@link System#nanoTime} of the arrival of the oldest event that is new in it
         */
        void snapshot(Snapshot snapshot, long receivedNanos);

        /** What {@link #readAgain} asked for is done, and the snapshot of that revision was handed over before. */
        default void readAgain(long revision) {}

        /**
         * etcd cannot be reached since the start, and this is what it held when that was last kept on disk. Comes at most
         * once, before any other snapshot.
         */
        void recalled(Snapshot snapshot);

        /** The state changed. */
        void state(DatastoreState state);
    }

    private static final Logger LOG = LoggerFactory.getLogger(DatastoreWatcher.class);

    private static final String START = Keys.BLOCKS;
    private static final String END = Keys.NODES.substring(0, Keys.NODES.length() - 1) + (char) ('/' + 1);
    private static final Duration CONFIRMATION = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration RECALL_AFTER = Duration.ofSeconds(2);
    private static final int LONGEST_PAUSE_AFTER = 10;
    private static final IntervalFunction BACKOFF =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(50), 2, 0.3, Duration.ofMillis(500));

    private final EtcdConnection etcd;
    private final Listener listener;
    private final Clock clock;
    private final Optional<SnapshotKeeper> keeper;
    private final Map<WatchRestart, LongAdder> restarts = new EnumMap<>(WatchRestart.class);
    private final Thread thread;
    private volatile DatastoreState state;
    private volatile long revision;
    private volatile boolean closed;
    private volatile @Nullable WatchSession session;
    private final AtomicLong toReadAgain = new AtomicLong();

    /** What happened to a key at a revision: no other store remembers the same. */
    private record Seen(String key, long revision, boolean deleted) {}

    private Optional<Seen> lastSeen = Optional.empty();
    private SnapshotAssembler assembler = new SnapshotAssembler();
    private long next;
    private int failures;
    private final Set<Kind> outageTold = EnumSet.noneOf(Kind.class);
    private boolean recallDone;
    private boolean unkept;
    private boolean lost;
    private long startedNanos;

    /** One that keeps nothing on disk. Does nothing before {@link #start}. */
    public DatastoreWatcher(EtcdConnection etcd, Listener listener, Clock clock) {
        this(etcd, listener, clock, Optional.empty());
    }

    /**
     * Does nothing before {@link #start}.
     *
     * @param keeper keeps the last snapshot beyond this process; remains the caller's to close, after this
     */
    public DatastoreWatcher(EtcdConnection etcd, Listener listener, Clock clock, Optional<SnapshotKeeper> keeper) {
        this.etcd = etcd;
        this.keeper = keeper;
        this.listener = listener;
        this.clock = clock;
        for (WatchRestart reason : WatchRestart.values()) {
            restarts.put(reason, new LongAdder());
        }
        this.state = new DatastoreState(Phase.CONNECTING, clock.instant(), "");
        this.thread = new Thread(this::run, "culvert-watch");
        this.thread.setDaemon(true);
    }

    /** Starts it, once. */
    public void start() {
        thread.start();
    }

    /** How it stands. Any thread. */
    public DatastoreState state() {
        return state;
    }

    /** The revision of the last snapshot, 0 before the first. Any thread. */
    public long revision() {
        return revision;
    }

    /** How often the watch was opened again for that reason. Any thread. */
    public long restarts(WatchRestart reason) {
        LongAdder count = restarts.get(reason);
        return count == null ? 0 : count.sum();
    }

    /** Ends it and waits for its thread, which is done soon. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(10).toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Asks for everything to be read anew, at that revision or a later one, though the watch has missed nothing. Any thread; does
     * not wait.
     */
    public void readAgain(long revision) {
        toReadAgain.set(revision);
        WatchSession current = session;
        if (current != null) {
            current.wake();
        }
    }

    private void readAllAgain() {
        resync();
        toReadAgain.set(0);
        listener.readAgain(revision);
    }

    private void run() {
        startedNanos = System.nanoTime();
        listener.state(state);
        while (!closed) {
            try {
                if (next == 0) {
                    resync();
                } else {
                    checkAnchor();
                }
                follow();
            } catch (DatastoreException failure) {
                recover(failure);
            } catch (InterruptedException interrupted) {
                break;
            } catch (RuntimeException bug) {
                LOG.error("the watch on etcd failed in a way nobody thought of; everything is read again", bug);
                next = 0;
                down(Kind.REFUSED, String.valueOf(bug.getMessage()));
            }
            keep(SnapshotKeeper::isDue);
        }
        keep(keeper -> true);
    }

    /** Has the last snapshot kept, unless it is. A locked datastore is not followed, so neither is it kept. */
    private void keep(Predicate<SnapshotKeeper> now) {
        if (unkept && keeper.filter(now).isPresent()) {
            unkept = false;
            keeper.get().put(new FullReading(assembler, revision));
        }
    }

    private void recover(DatastoreException failure) {
        if (closed) {
            return;
        }
        if (failure.kind() == Kind.COMPACTED) {
            restart(WatchRestart.COMPACTED);
            next = 0;
        } else {
            down(failure.kind(), String.valueOf(failure.getMessage()));
        }
    }

    private void resync() {
        if (state.phase() == Phase.DOWN) {
            // Costs little, and fails as long as the outage lasts, which began when it began.
            etcd.revision(Keys.POOLS);
        }
        refuseLoss();
        enter(Phase.RESYNC, "");
        long started = System.nanoTime();
        FullReading reading = FullReading.of(etcd, this::lastKnown);
        assembler = reading.assembler();
        next = reading.revision() + 1;
        lastSeen = assembler.newest().map(newest -> new Seen(newest.getKey(), newest.getValue(), false));
        publish(reading.revision(), started);
    }

    /** Fails as long as the store has no pool because it lost its data. */
    private void refuseLoss() {
        Listing pools = etcd.list(Keys.POOLS);
        if (!pools.entries().isEmpty()) {
            lost = false;
            return;
        }
        FullReading known = known();
        lost |= known.isLostIn(pools);
        if (lost) {
            throw known.lostIn(etcd);
        }
    }

    /** What is known of etcd, also by an earlier agent. */
    private FullReading known() {
        FullReading mine = new FullReading(assembler, revision);
        return revision > 0 ? mine : keeper.flatMap(SnapshotKeeper::recall).orElse(mine);
    }

    /** For values that etcd has forgotten: what was known of this store before. */
    private SnapshotAssembler lastKnown() {
        SnapshotAssembler known = known().assembler();
        return isOfThisStore(known) ? known : new SnapshotAssembler();
    }

    private void checkAnchor() {
        if (!isOfThisStore(assembler) || !lastSeen.map(this::isInItsHistory).orElse(true)) {
            replaced();
            resync();
        }
    }

    /** A backup that was restored has the same oldest pool, and may have grown beyond our revision since; but it has grown otherwise. */
    private boolean isInItsHistory(Seen seen) {
        try {
            Optional<Stored> then = etcd.getAt(seen.key(), next - 1);
            return seen.deleted()
                    ? then.isEmpty()
                            && etcd.getAt(seen.key(), seen.revision() - 1).isPresent()
                    : then.filter(stored -> stored.modRevision() == seen.revision())
                            .isPresent();
        } catch (DatastoreException failure) {
            if (failure.kind() != Kind.COMPACTED) {
                throw failure;
            }
            // Or not reached yet: the watch from there on tells.
            return true;
        }
    }

    /** A store that was replaced may have a greater revision than ours, but not the same oldest pool. */
    private boolean isOfThisStore(SnapshotAssembler known) {
        Optional<Map.Entry<String, Long>> anchor = known.anchor();
        return anchor.isEmpty()
                || etcd.get(anchor.get().getKey())
                        .filter(stored ->
                                stored.createRevision() == anchor.get().getValue())
                        .isPresent();
    }

    private void replaced() {
        restart(WatchRestart.REPLACED);
        next = 0;
    }

    /** Opens a watch and turns its events into snapshots until it dies. */
    private void follow() throws InterruptedException {
        try (WatchSession opened = WatchSession.open(etcd, START, END, next)) {
            session = opened;
            long deadline = System.nanoTime() + CONFIRMATION.toNanos();
            boolean confirmed = false;
            while (!closed) {
                List<WatchSession.Arrival> arrivals = opened.await(POLL);
                if (!confirmed && !arrivals.isEmpty()) {
                    confirmed = true;
                    if (isBehind(arrivals.get(0))) {
                        replaced();
                        return;
                    }
                    failures = 0;
                    enter(Phase.IN_SYNC, "");
                }
                apply(arrivals);
                keep(SnapshotKeeper::isDue);
                if (opened.failure().isPresent() && opened.isDrained()) {
                    ended(opened, confirmed);
                    return;
                }
                if (confirmed && toReadAgain.get() > 0) {
                    readAllAgain();
                    return;
                }
                if (!confirmed && System.nanoTime() - deadline > 0) {
                    restart(WatchRestart.SILENT);
                    etcd.noteSilence();
                    down(Kind.SILENT, "etcd at " + etcd.config().endpointText() + " does not confirm a watch");
                    return;
                }
            }
        }
    }

    /** The first response says at which revision the store is. */
    private boolean isBehind(WatchSession.Arrival created) {
        return created.revision() < next - 1;
    }

    private void ended(WatchSession session, boolean confirmed) throws InterruptedException {
        if (session.isCompacted() || session.isTooLarge()) {
            restart(session.isCompacted() ? WatchRestart.COMPACTED : WatchRestart.TOO_LARGE);
            next = 0;
            return;
        }
        restart(WatchRestart.BROKEN);
        if (confirmed) {
            enter(Phase.CONNECTING, "");
        } else {
            DatastoreException failure = EtcdFailure.describe(
                    "watch " + START, etcd.config(), session.failure().orElseThrow());
            etcd.noteSilence();
            down(failure.kind(), String.valueOf(failure.getMessage()));
        }
    }

    private void apply(List<WatchSession.Arrival> arrivals) {
        long last = 0;
        long oldest = 0;
        for (WatchSession.Arrival arrival : arrivals) {
            for (KeyChange change : arrival.changes()) {
                next = change.modRevision() + 1;
                if (apply(change)) {
                    last = change.modRevision();
                    lastSeen = Optional.of(new Seen(change.key(), last, change instanceof KeyChange.Removed));
                    oldest = oldest == 0 ? arrival.nanos() : oldest;
                }
            }
        }
        if (last > 0) {
            publish(last, oldest);
        }
    }

    private boolean apply(KeyChange change) {
        if (!SnapshotAssembler.concerns(change.key())) {
            return false;
        }
        if (change instanceof Stored stored) {
            assembler.put(stored);
        } else {
            assembler.remove(change.key());
        }
        return true;
    }

    private void publish(long at, long receivedNanos) {
        Snapshot snapshot = assembler.snapshot(at);
        revision = at;
        unkept = !snapshot.locked();
        listener.snapshot(snapshot, receivedNanos);
    }

    private void restart(WatchRestart reason) {
        LongAdder count = restarts.get(reason);
        if (count != null) {
            count.increment();
        }
        LOG.info("watch on etcd opened again: {}", reason);
    }

    private void down(Kind kind, String detail) {
        enter(Phase.DOWN, detail);
        tellOutage(kind, detail);
        recallIfNothingIsKnown();
        failures++;
        try {
            Thread.sleep(pauseMillis(failures));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** How long nothing is tried after so many failures in a row. */
    static long pauseMillis(int failures) {
        return BACKOFF.apply(Math.min(failures, LONGEST_PAUSE_AFTER));
    }

    private void recallIfNothingIsKnown() {
        if (revision > 0 || recallDone || System.nanoTime() - startedNanos < RECALL_AFTER.toNanos()) {
            return;
        }
        recallDone = true;
        keeper.flatMap(SnapshotKeeper::recall).ifPresent(kept -> {
            LOG.warn(
                    "the snapshot kept in {} (revision {}) is in force until etcd answers",
                    keeper.get(),
                    kept.revision());
            assembler = kept.assembler();
            revision = kept.revision();
            listener.recalled(kept.snapshot());
        });
    }

    private void enter(Phase phase, String detail) {
        boolean continues = state.phase() == phase;
        if (continues && state.detail().equals(detail)) {
            return;
        }
        state = new DatastoreState(phase, continues ? state.since() : clock.instant(), detail);
        listener.state(state);
        if (phase == Phase.IN_SYNC) {
            outageTold.clear();
        }
        if (phase != Phase.DOWN && outageTold.isEmpty()) {
            LOG.info("etcd at {}: {}", etcd.config().endpointText(), phase);
        }
    }

    /** Each sort of reason once in an outage; the attempts in between are no news. */
    private void tellOutage(Kind kind, String detail) {
        if (outageTold.add(kind)) {
            LOG.warn(
                    "{}; {}",
                    detail,
                    revision == 0
                            ? "nothing is known yet, so nothing is changed"
                            : "the last snapshot (revision " + revision + ") stays in force");
        }
    }
}
