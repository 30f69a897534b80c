package io.culvert.operator.agent;

import io.culvert.reconciler.desired.TunnelDevice;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resource.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What this node publishes about itself follows the latest cycle: a newer one replaces an older one. Any thread. */
final class NodeInbox {

    /** A cycle that ended. */
    record Cycle(Snapshot snapshot, Report report, Instant endedAt) {}

    private final Runnable wake;
    private @Nullable Cycle latest;
    private boolean locked;
    private boolean ended;

    /** @param wake is called after each change, on the changing thread */
    NodeInbox(Runnable wake) {
        this.wake = wake;
    }

    void put(Cycle cycle) {
        synchronized (this) {
            latest = cycle;
            notifyAll();
        }
        wake.run();
    }

    /** While the datastore is locked, nothing is written to etcd but the status. */
    void lock(boolean isLocked) {
        synchronized (this) {
            locked = isLocked;
        }
        wake.run();
    }

    /** Ends every wait. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    synchronized Optional<Cycle> latest() {
        return Optional.ofNullable(latest);
    }

    synchronized boolean locked() {
        return locked;
    }

    /** Waits until a cycle reports that the tunnel device has the address, at most for the limit. */
    synchronized void awaitTunnelAddress(Address address, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!ended && !deviceHas(address) && deadline - System.nanoTime() > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, deadline - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean deviceHas(Address address) {
        return latest().flatMap(cycle -> cycle.report().desired().tunnel())
                .flatMap(TunnelDevice::address)
                .filter(address::equals)
                .isPresent();
    }
}
