package io.culvert.operator.loop;

import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the inbox held.
 *
 * @param snapshot the newest one, if it came since the last time
 * @param assignment the latest of them, if one came since the last time
 * @param news what the kernel announced
 * @param confirmed up to which revision etcd has been read a second time, if that came since the last time
 * @param sinceNanos when the oldest of it arrived, by {@link System#nanoTime()}; empty when there is nothing
 */
public record Work(
        Optional<Snapshot> snapshot,
        Optional<TunnelAssignment> assignment,
        KernelNews news,
        OptionalLong confirmed,
        OptionalLong sinceNanos) {

    /** Whether the desired state may have changed. */
    boolean changesDesiredState() {
        return snapshot.isPresent() || assignment.isPresent() || confirmed.isPresent();
    }
}
