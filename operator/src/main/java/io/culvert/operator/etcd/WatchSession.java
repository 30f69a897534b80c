package io.culvert.operator.etcd;

import io.culvert.operator.etcd.DatastoreException.Kind;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One watch from its opening to its first error, after which it ends: jetcd would resume with a watch that skips what was
 * not delivered yet. The thread in {@link #await} reads it; gRPC hands over one response at a time and requests the next
 * when that has been taken, so while the reader is busy the stream waits.
 */
public final class WatchSession implements Watch.Listener, Executor, AutoCloseable {

    private static final int RESPONSES_AT_ONCE = 256;

    private final BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    private final List<Arrival> arrivals = new ArrayList<>();
    private long deliveredNanos;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;
    private Watch.@Nullable Watcher watcher;

    /**
     * One response of etcd's. The first confirms the watch and has no changes.
     *
     * @param nanos {@link System#nanoTime} of its arrival
     * @param revision of the store when it was sent
     */
    public record Arrival(long nanos, long revision, List<KeyChange> changes) {}

    /** A callback of gRPC's, and when it came. */
    private record Delivery(long nanos, Runnable handling) {}

    private WatchSession() {}

    /** Opens a watch; does not wait for its confirmation. */
    public static WatchSession open(EtcdConnection etcd, KeyRange range, long fromRevision) {
        WatchSession session = new WatchSession();
        session.watcher = etcd.watch(range, fromRevision, session, session);
        return session;
    }

    /** Waits for the first response and returns all that are there; empty after the timeout, or when woken. One thread. */
    public List<Arrival> await(Duration timeout) throws InterruptedException {
        Delivery delivery = deliveries.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
        while (delivery != null) {
            deliveredNanos = delivery.nanos();
            delivery.handling().run();
            delivery = arrivals.size() < RESPONSES_AT_ONCE ? deliveries.poll() : null;
        }
        List<Arrival> all = List.copyOf(arrivals);
        arrivals.clear();
        return all;
    }

    /** Why it failed; responses that came before are valid and may still wait. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** Whether it failed because its revision is compacted. */
    public boolean isCompacted() {
        return failure instanceof CompactedException;
    }

    /** Whether it failed because a response does not fit into one message. */
    public boolean isTooLarge() {
        Throwable cause = failure;
        return cause != null && EtcdFailure.kind(cause) == Kind.TOO_LARGE;
    }

    /** Whether there is nothing left to read. */
    public boolean isDrained() {
        return deliveries.isEmpty();
    }

    /** Callbacks of gRPC's wait for the reader. After the end of reading they run at once, so that gRPC can end the call. */
    @Override
    public void execute(Runnable callback) {
        deliveries.add(new Delivery(System.nanoTime(), callback));
        if (closed) {
            runTheRest();
        }
    }

    private void runTheRest() {
        for (Delivery rest = deliveries.poll(); rest != null; rest = deliveries.poll()) {
            rest.handling().run();
        }
    }

    @Override
    public void onNext(WatchResponse response) {
        if (!closed && failure == null) {
            arrivals.add(new Arrival(deliveredNanos, response.getHeader().getRevision(), changes(response)));
        }
    }

    private static List<KeyChange> changes(WatchResponse response) {
        List<KeyChange> changes = new ArrayList<>(response.getEvents().size());
        for (WatchEvent event : response.getEvents()) {
            changes.add(change(event));
        }
        return changes;
    }

    private static KeyChange change(WatchEvent event) {
        KeyValue kv = event.getKeyValue();
        return event.getEventType() == WatchEvent.EventType.DELETE
                ? new KeyChange.Removed(KeyRange.text(kv.getKey()), kv.getModRevision())
                : Stored.of(kv);
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

    /** Makes a reader that waits return. Any thread. */
    public void wake() {
        deliveries.add(new Delivery(System.nanoTime(), () -> {}));
    }

    @Override
    public void close() {
        closed = true;
        if (watcher != null) {
            watcher.close();
        }
        runTheRest();
    }
}
