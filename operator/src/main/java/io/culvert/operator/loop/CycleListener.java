package io.culvert.operator.loop;

import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.reconcile.FatalException;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resource.Snapshot;
import java.time.Duration;
import java.util.Optional;

/** Who is told how cycles end. Called on the kernel thread, which waits: hand over and return. */
public interface CycleListener {

    /** @param sinceEvent from the arrival of what caused the cycle to its end; empty for retries and periodic looks */
    void ended(Snapshot snapshot, Report report, Optional<Duration> sinceEvent);

    /** The kernel could not be asked, so the cycle came to no end; it is repeated soon. */
    void failed(Trigger trigger, KernelException failure);

    /** The loop has ended for good. */
    void fatal(FatalException failure);
}
