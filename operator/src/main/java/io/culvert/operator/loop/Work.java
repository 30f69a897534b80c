package io.culvert.operator.loop;

import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the mailbox held.
 *
 * @param snapshot the newest one, if it came since the last time
 * @param assignment the latest of them, if one came since the last time
 * @param news what the kernel announced
 * @param confirmed up to which revision etcd has been read a second time, if that was told since the last time
 * @param resync whether a complete look was asked for
 * @param sinceNanos when the oldest of it arrived, by {@link System#nanoTime()}; empty when nothing had
 */
record Work(
        Optional<Snapshot> snapshot,
        Optional<TunnelAssignment> assignment,
        KernelNews news,
        OptionalLong confirmed,
        boolean resync,
        OptionalLong sinceNanos) {

    /** Whether what the kernel should hold may be something else now. */
    boolean isWish() {
        return snapshot.isPresent() || assignment.isPresent() || confirmed.isPresent();
    }
}
