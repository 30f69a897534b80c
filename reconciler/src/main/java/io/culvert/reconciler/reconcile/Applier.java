package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Applies the changes of one cycle that are due, and enters how each ended into the ledger. For one cycle.
 */
final class Applier {

    private final Kernel kernel;
    private final RetryLedger ledger;
    private final PhaseTimes times;
    private final long nowMillis;
    private final List<Change> planned = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();

    Applier(Kernel kernel, RetryLedger ledger, PhaseTimes times, long nowMillis) {
        this.kernel = kernel;
        this.ledger = ledger;
        this.times = times;
        this.nowMillis = nowMillis;
    }

    /** Of all changes that were due, in order. */
    List<Outcome> outcomes() {
        return outcomes;
    }

    /** Applies those that never failed or whose back-off is over, in one batch. */
    List<Outcome> applyDue(List<? extends Change> changes) {
        planned.addAll(changes);
        List<Change> due = new ArrayList<>(changes);
        if (!ledger.isEmpty()) {
            due.removeIf(change -> !ledger.due(change, nowMillis));
        }
        if (due.isEmpty()) {
            return List.of();
        }
        List<Outcome> ended = times.measure(Report.Phase.APPLY, () -> kernel.apply(due));
        ended.forEach(this::settle);
        return ended;
    }

    /** Applies a change by a port other than the kernel's, if it is due. */
    void applyDue(Change change, Supplier<Outcome> apply) {
        planned.add(change);
        if (ledger.due(change, nowMillis)) {
            settle(times.measure(Report.Phase.APPLY, apply));
        }
    }

    /** Adds what happened beside the changes that were planned. */
    void note(Optional<Outcome> outcome) {
        outcome.ifPresent(outcomes::add);
    }

    /** Takes back the plan for the packet filter: a later plan of this cycle stands for it. */
    void replanFilter() {
        planned.removeIf(change -> change.kind() == Change.Kind.RULESET);
    }

    /** Forgets failures of changes that this cycle did not plan. */
    void forgetUnplanned() {
        ledger.retain(planned);
    }

    /** The changes that failed and were not made since. */
    List<Obstacle> failures() {
        return ledger.obstacles();
    }

    private void settle(Outcome outcome) {
        outcomes.add(outcome);
        Optional<FailureClass> failure = FailureClass.of(outcome);
        if (failure.isEmpty()) {
            ledger.succeeded(outcome.change());
        } else if (failure.get() == FailureClass.FATAL) {
            throw new FatalException("the kernel refuses '" + outcome.change()
                    + "': run the agent as root or give it CAP_NET_ADMIN in the node's network namespace");
        } else {
            ledger.failed(outcome, failure.get(), nowMillis);
        }
    }
}
