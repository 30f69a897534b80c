package io.culvert.operator.loop;

import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Work for the kernel's worker. The latest wins: a newer snapshot replaces an older one that was not taken yet, and kernel
 * news merge, so the inbox never grows. Any thread puts, one takes; nobody blocks.
 */
public final class KernelInbox {

    private final Runnable wake;
    private @Nullable Snapshot snapshot;
    private @Nullable TunnelAssignment assignment;
    private KernelNews news = KernelNews.NONE;
    private OptionalLong confirmed = OptionalLong.empty();
    private OptionalLong sinceNanos = OptionalLong.empty();

    /** @param wake is called after each put, on the putting thread */
    public KernelInbox(Runnable wake) {
        this.wake = wake;
    }

    public void put(Snapshot newest) {
        synchronized (this) {
            snapshot = newest;
            mark();
        }
        wake.run();
    }

    public void put(KernelNews latest) {
        synchronized (this) {
            news = news.and(latest);
            mark();
        }
        wake.run();
    }

    /** IPAM assigned this node a tunnel address that its Node does not name yet, or released it. */
    public void putAssigned(Optional<Address> tunnelAddress) {
        synchronized (this) {
            assignment = new TunnelAssignment(tunnelAddress);
            mark();
        }
        wake.run();
    }

    /** Everything up to that revision has been read from etcd a second time. */
    public void putConfirmed(long revision) {
        synchronized (this) {
            confirmed = OptionalLong.of(revision);
            mark();
        }
        wake.run();
    }

    private void mark() {
        if (sinceNanos.isEmpty()) {
            sinceNanos = OptionalLong.of(System.nanoTime());
        }
    }

    /** Empties the inbox. */
    public synchronized Work take() {
        Work work =
                new Work(Optional.ofNullable(snapshot), Optional.ofNullable(assignment), news, confirmed, sinceNanos);
        snapshot = null;
        assignment = null;
        news = KernelNews.NONE;
        confirmed = OptionalLong.empty();
        sinceNanos = OptionalLong.empty();
        return work;
    }
}
