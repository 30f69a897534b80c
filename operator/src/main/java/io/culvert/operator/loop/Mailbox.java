package io.culvert.operator.loop;

import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Marks work for the kernel thread: a newer snapshot takes the place of an older one that was not yet looked at, and kernel
 * news are merged, so the mailbox never grows. Safe for any number of threads that put, and one that takes.
 */
public final class Mailbox {

    private @Nullable Snapshot snapshot;
    private @Nullable TunnelAssignment assignment;
    private KernelNews news = KernelNews.NONE;
    private OptionalLong confirmed = OptionalLong.empty();
    private boolean resync;
    private boolean closed;
    private OptionalLong sinceNanos = OptionalLong.empty();

    public synchronized void put(Snapshot newest) {
        snapshot = newest;
        mark();
    }

    public synchronized void put(KernelNews latest) {
        news = news.and(latest);
        mark();
    }

    /** IPAM gave this node a tunnel address that its Node does not name yet, or took it back. */
    public synchronized void putAssigned(Optional<Address> tunnelAddress) {
        assignment = new TunnelAssignment(tunnelAddress);
        mark();
    }

    /** Everything up to that revision has been read from etcd a second time. */
    public synchronized void putConfirmed(long revision) {
        confirmed = OptionalLong.of(revision);
        mark();
    }

    /** Asks for a cycle that looks at everything. */
    public synchronized void putResync() {
        resync = true;
        mark();
    }

    /** No more work: whoever takes gets nothing, at once and from now on. */
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    private void mark() {
        if (sinceNanos.isEmpty()) {
            sinceNanos = OptionalLong.of(System.nanoTime());
        }
        notifyAll();
    }

    /**
     * Waits until there is something, or the time is up, and empties the mailbox.
     *
     * @param millis how long to wait at most; the work may then be empty
     * @return empty when the mailbox was closed
     */
    synchronized Optional<Work> take(long millis) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!closed && sinceNanos.isEmpty()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                break;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        if (closed) {
            return Optional.empty();
        }
        Work work = new Work(
                Optional.ofNullable(snapshot), Optional.ofNullable(assignment), news, confirmed, resync, sinceNanos);
        snapshot = null;
        assignment = null;
        news = KernelNews.NONE;
        confirmed = OptionalLong.empty();
        resync = false;
        sinceNanos = OptionalLong.empty();
        return Optional.of(work);
    }
}
