package io.culvert.operator.loop;

import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What the mailbox held.
 *
 * @param snapshot the newest one, if it came since the last time
 * @param assignment the latest of them, if one came since the last time
 * @param events tables that the kernel says were changed
 * @param resync whether a complete look was asked for
 * @param sinceNanos when the oldest of it arrived, by {@link System#nanoTime()}; empty when nothing had
 */
record Work(
        Optional<Snapshot> snapshot,
        Optional<TunnelAssignment> assignment,
        Set<KernelTable> events,
        boolean resync,
        OptionalLong sinceNanos) {}
