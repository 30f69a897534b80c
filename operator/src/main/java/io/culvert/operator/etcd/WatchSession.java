package io.culvert.operator.etcd;

import io.culvert.operator.etcd.DatastoreException.Kind;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.watch.WatchResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One watch from its opening to its first error, after which it is dead: jetcd would go on with a watch of its own making that
 * has skipped what was not delivered yet. Responses wait in a queue of bounded length; when it is full, the stream waits.
 * Everything but the listener's methods is for one thread.
 */
final class WatchSession implements Watch.Listener, AutoCloseable {

    private static final int QUEUED_RESPONSES = 256;

    private final BlockingQueue<Arrival> arrivals = new ArrayBlockingQueue<>(QUEUED_RESPONSES);
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;
    private Watch.@Nullable Watcher watcher;

    /**
     * A response as it came.
     *
     * @param nanos {@link System#nanoTime} of its arrival
     * @param response empty to wake the reader because of a failure
     */
    record Arrival(long nanos, Optional<WatchResponse> response) {}

    private WatchSession() {}

    /** Opens a watch; does not wait for its confirmation. */
    static WatchSession open(EtcdConnection etcd, String start, String end, long fromRevision) {
        WatchSession session = new WatchSession();
        session.watcher = etcd.watch(start, end, fromRevision, session);
        return session;
    }

    /** All responses that are there, waiting for the first; empty at the end of the timeout. */
    List<Arrival> await(Duration timeout) throws InterruptedException {
        Arrival first = arrivals.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
        List<Arrival> all = new ArrayList<>();
        if (first != null) {
            all.add(first);
            arrivals.drainTo(all);
        }
        all.removeIf(arrival -> arrival.response().isEmpty());
        return all;
    }

    /** Why it died; responses that came before are good and may still wait. */
    Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** Whether it died because its revision is compacted. */
    boolean isCompacted() {
        return failure instanceof CompactedException;
    }

    /** Whether it died because what it had to tell does not fit into one message. */
    boolean isTooLarge() {
        Throwable cause = failure;
        return cause != null && EtcdFailure.kind(cause) == Kind.TOO_LARGE;
    }

    /** Whether there is nothing left to read. */
    boolean isDrained() {
        return arrivals.stream().allMatch(arrival -> arrival.response().isEmpty());
    }

    @Override
    public void onNext(WatchResponse response) {
        Arrival arrival = new Arrival(System.nanoTime(), Optional.of(response));
        try {
            while (!closed && failure == null) {
                if (arrivals.offer(arrival, 1, TimeUnit.SECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            onError(interrupted);
        }
    }

    @Override
    public void onError(Throwable cause) {
        if (failure == null) {
            failure = cause;
            wake();
        }
    }

    @Override
    public void onCompleted() {
        if (!closed) {
            onError(new IllegalStateException("etcd ended the watch"));
        }
    }

    /** Makes a reader that waits return; a full queue does so anyway. Any thread. */
    void wake() {
        boolean queued = arrivals.offer(new Arrival(System.nanoTime(), Optional.empty()));
        assert queued || arrivals.remainingCapacity() == 0;
    }

    @Override
    public void close() {
        closed = true;
        if (watcher != null) {
            watcher.close();
        }
    }
}
