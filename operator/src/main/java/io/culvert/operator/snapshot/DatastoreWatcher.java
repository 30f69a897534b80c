package io.culvert.operator.snapshot;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.DatastoreException.Kind;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdFailure;
import io.culvert.operator.etcd.KeyRange;
import io.culvert.operator.etcd.WatchSession;
import io.culvert.operator.snapshot.DatastoreState.Phase;
import io.culvert.reconciler.resource.Snapshot;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link Snapshot} of etcd: everything is listed at one revision, then watched from the next one on. {@link #run} does
 * it all in straight-line code on the thread that it is given; the listener is called on it.
 *
 * <p>There is one watch, over the range of keys from the blocks to the nodes, rather than one for each kind: so the events of
 * a transaction arrive together, and the revision of the last event is a revision at which the snapshot is complete. The
 * endpoints' busy keys lie outside the range; the few others inside it are ignored.
 *
 * <p>A broken watch is opened again behind the last delivered revision, never resumed by jetcd, which loses events then.
 * Everything is listed again if that revision is compacted, or if etcd is not {@link KnownStore the store it was}. Until then
 * the last snapshot stays in force; at the start that is the one kept on disk, if etcd does not answer for a while.
 */
public final class DatastoreWatcher implements AutoCloseable {

    /** Where snapshots and states go. Called on the thread of {@link #run}; must not block for long. */
    public interface Listener {

        /**
         * Something that snapshots are made of was written.
         *
         * @param receivedNanos {@link System#nanoTime} of the arrival of the oldest event that is new in it
         */
        void snapshot(Snapshot snapshot, long receivedNanos);

        /** What {@link #readAgain} requested is done, and the snapshot of that revision was handed over before. */
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

    private static final KeyRange WATCHED = KeyRange.between(Keys.BLOCKS, Keys.NODES);
    private static final Duration CONFIRMATION = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration RECALL_AFTER = Duration.ofSeconds(2);
    private static final int LONGEST_PAUSE_AFTER = 10;
    private static final IntervalFunction BACKOFF =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(50), 2, 0.3, Duration.ofMillis(500));

    private final EtcdConnection etcd;
    private final Listener listener;
    private final KnownStore store;
    private final WatchStatus status;
    private final AtomicLong toReadAgain = new AtomicLong();
    private volatile @Nullable WatchSession session;
    private volatile boolean closed;
    private @Nullable Thread runner;
    private int failures;
    private boolean recallDone;
    private long startedNanos;

    /** One that keeps nothing on disk. Does nothing before {@link #run}. */
    public DatastoreWatcher(EtcdConnection etcd, Listener listener, Clock clock) {
        this(etcd, listener, clock, Optional.empty());
    }

    /**
     * Does nothing before {@link #run}.
     *
     * @param keeper keeps the last snapshot beyond this process; remains the caller's to close, after this
     */
    public DatastoreWatcher(EtcdConnection etcd, Listener listener, Clock clock, Optional<SnapshotKeeper> keeper) {
        this.etcd = etcd;
        this.listener = listener;
        this.store = new KnownStore(etcd, keeper);
        this.status = new WatchStatus(etcd.config().endpointText(), clock, listener::state);
    }

    /** Its state. Any thread. */
    public DatastoreState state() {
        return status.state();
    }

    /** The revision of the last snapshot, 0 before the first. Any thread. */
    public long revision() {
        return store.revision();
    }

    /** How often the watch was opened again for that reason. Any thread. */
    public long restarts(WatchRestart reason) {
        return status.restarts(reason);
    }

    /** Ends {@link #run}, which returns soon; does not wait for it. Any thread. */
    @Override
    public synchronized void close() {
        closed = true;
        if (runner != null) {
            runner.interrupt();
        }
    }

    /**
     * Requests a full read, at that revision or a later one, though the watch has missed nothing. Any thread; does not wait.
     */
    public void readAgain(long revision) {
        toReadAgain.set(revision);
        WatchSession current = session;
        if (current != null) {
            current.wake();
        }
    }

    /** Watches until it is closed or its thread interrupted. Blocks; once. */
    public void run() {
        if (!begin()) {
            return;
        }
        startedNanos = System.nanoTime();
        listener.state(state());
        try {
            while (!closed) {
                attempt();
                store.keepIfDue();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            end();
        }
        store.keep();
    }

    private synchronized boolean begin() {
        runner = closed ? null : Thread.currentThread();
        return !closed;
    }

    /** The interruption by {@link #close} is meant for this run only: its thread has other things to do afterwards. */
    private synchronized void end() {
        runner = null;
        if (closed) {
            Thread.interrupted();
        }
    }

    private void attempt() throws InterruptedException {
        try {
            if (store.next() == 0) {
                readAll();
            } else if (!store.isSame()) {
                replaced();
                readAll();
            }
            follow();
        } catch (DatastoreException failure) {
            recover(failure);
        } catch (RuntimeException bug) {
            LOG.error("unexpected error in the watch on etcd; everything is read again", bug);
            store.gap();
            down(Kind.REFUSED, String.valueOf(bug.getMessage()));
        }
    }

    private void recover(DatastoreException failure) throws InterruptedException {
        if (closed) {
            return;
        }
        if (failure.isGap()) {
            status.restart(WatchRestart.COMPACTED);
            store.gap();
        } else {
            down(failure.kind(), String.valueOf(failure.getMessage()));
        }
    }

    private void readAll() {
        if (state().phase() == Phase.DOWN) {
            // Costs little, and fails as long as the outage lasts, so that the state stays DOWN since its beginning.
            etcd.revision(Keys.POOLS);
        }
        store.refuseLoss();
        status.enter(Phase.RESYNC);
        long started = System.nanoTime();
        store.read();
        listener.snapshot(store.snapshot(), started);
    }

    private void readAllAgain() {
        readAll();
        toReadAgain.set(0);
        listener.readAgain(revision());
    }

    private void replaced() {
        status.restart(WatchRestart.REPLACED);
        store.gap();
    }

    /** Opens a watch and turns its events into snapshots until it fails. */
    private void follow() throws InterruptedException {
        try (WatchSession opened = WatchSession.open(etcd, WATCHED, store.next())) {
            session = opened;
            long deadline = System.nanoTime() + CONFIRMATION.toNanos();
            boolean confirmed = false;
            while (!closed) {
                List<WatchSession.Arrival> arrivals = opened.await(POLL);
                if (!confirmed && !arrivals.isEmpty()) {
                    confirmed = true;
                    // The first response says at which revision the store is.
                    if (store.isAheadOf(arrivals.get(0).revision())) {
                        replaced();
                        return;
                    }
                    failures = 0;
                    status.enter(Phase.IN_SYNC);
                }
                apply(arrivals);
                store.keepIfDue();
                if (opened.failure().isPresent() && opened.isDrained()) {
                    ended(opened, confirmed);
                    return;
                }
                if (confirmed && toReadAgain.get() > 0) {
                    readAllAgain();
                    return;
                }
                if (!confirmed && System.nanoTime() - deadline > 0) {
                    unconfirmed();
                    return;
                }
            }
        }
    }

    private void apply(List<WatchSession.Arrival> arrivals) {
        WatchSession.Arrival oldest = null;
        for (WatchSession.Arrival arrival : arrivals) {
            if (store.apply(arrival.changes()) && oldest == null) {
                oldest = arrival;
            }
        }
        if (oldest != null) {
            listener.snapshot(store.snapshot(), oldest.nanos());
        }
    }

    private void unconfirmed() throws InterruptedException {
        status.restart(WatchRestart.SILENT);
        etcd.noteSilence();
        down(
                Kind.SILENT,
                "etcd at " + etcd.config().endpointText() + " does not confirm a watch for " + CONFIRMATION.toSeconds()
                        + " s; check that it has a leader and is not overloaded");
    }

    private void ended(WatchSession session, boolean confirmed) throws InterruptedException {
        if (session.isCompacted() || session.isTooLarge()) {
            status.restart(session.isCompacted() ? WatchRestart.COMPACTED : WatchRestart.TOO_LARGE);
            store.gap();
            return;
        }
        status.restart(WatchRestart.BROKEN);
        if (confirmed) {
            status.enter(Phase.CONNECTING);
        } else {
            DatastoreException failure = EtcdFailure.describe(
                    "watch " + WATCHED.start(), etcd.config(), session.failure().orElseThrow());
            etcd.noteSilence();
            down(failure.kind(), String.valueOf(failure.getMessage()));
        }
    }

    private void down(Kind kind, String detail) throws InterruptedException {
        status.down(kind, detail, revision());
        recallIfNothingIsKnown();
        failures++;
        Thread.sleep(pauseMillis(failures));
    }

    /** The pause after so many failures in a row. */
    static long pauseMillis(int failures) {
        return BACKOFF.apply(Math.min(failures, LONGEST_PAUSE_AFTER));
    }

    private void recallIfNothingIsKnown() {
        if (revision() > 0 || recallDone || System.nanoTime() - startedNanos < RECALL_AFTER.toNanos()) {
            return;
        }
        recallDone = true;
        store.recall().ifPresent(kept -> {
            LOG.warn("using the snapshot kept on disk (revision {}) until etcd answers", kept.revision());
            listener.recalled(kept);
        });
    }
}
