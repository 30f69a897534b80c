package io.culvert.operator.loop;

import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resource.Snapshot;
import java.time.Duration;
import java.util.Optional;

/** Receives how cycles end. Called on the kernel's worker, which waits: hand over and return. */
public interface CycleListener {

    /** @param sinceEvent from the arrival of what caused the cycle to its end; empty for retries and resyncs */
    void ended(Snapshot snapshot, Report report, Optional<Duration> sinceEvent);

    /** The kernel could not be observed, so the cycle did not complete; it is repeated soon. */
    void failed(Trigger trigger, KernelException failure);
}
