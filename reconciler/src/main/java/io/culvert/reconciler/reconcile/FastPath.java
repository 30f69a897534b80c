package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.FibDiff;
import io.culvert.reconciler.diff.FibPlan;
import io.culvert.reconciler.diff.FibView;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes at once what an event asks for that touches a few routes, from what is recollected of the kernel instead of a look at all
 * of it. What it did is unverified until the next complete cycle, which comes when it is quiet again. Belongs to the kernel's
 * thread.
 */
final class FastPath {

    private static final long QUIET_MILLIS = 1000;
    private static final long UNVERIFIED_AT_MOST_MILLIS = 30_000;

    private final Kernel kernel;
    private @Nullable FibView known;
    private OptionalLong unverifiedSince = OptionalLong.empty();
    private long writtenAt;

    FastPath(Kernel kernel) {
        this.kernel = kernel;
    }

    /**
     * What was written.
     *
     * @param complete whether that was all there was to do; otherwise a complete cycle has to see to the rest
     */
    record Attempt(List<Outcome> outcomes, boolean complete) {}

    /** A complete cycle has ended, and leaves that behind. */
    void stand(Optional<FibView> recollection) {
        known = recollection.orElse(null);
        unverifiedSince = OptionalLong.empty();
    }

    /** Whether the tunnel device was there at the last look. */
    boolean tunnelPresent() {
        return known != null && known.devices().tunnel().isPresent();
    }

    boolean isOpen() {
        return known != null && !known.isVague();
    }

    /** When to look at the latest, whatever happens; far away if there is nothing to verify. */
    long latestVerification() {
        return unverifiedSince.isPresent() ? unverifiedSince.getAsLong() + UNVERIFIED_AT_MOST_MILLIS : Long.MAX_VALUE;
    }

    /** When to look if nothing else happens until then. */
    OptionalLong nextVerification() {
        return unverifiedSince.isPresent()
                ? OptionalLong.of(Math.min(writtenAt + QUIET_MILLIS, latestVerification()))
                : OptionalLong.empty();
    }

    /**
     * Writes.
     *
     * @param desired routes of the prefixes alone
     * @param prefixes keys of those that may be wanted otherwise than before, or are lost; ascending, each once
     * @param lost prefixes whose route somebody deleted
     */
    Attempt attempt(
            DesiredRoutes desired,
            long[] prefixes,
            Set<Prefix> lost,
            RouteProtocols protocols,
            PhaseTimes times,
            long nowMillis) {
        FibView recollection = known;
        if (recollection == null) {
            return new Attempt(List.of(), false);
        }
        lost.forEach(recollection::lost);
        FibPlan plan = times.measure(
                Report.Phase.DIFF,
                () -> FibDiff.ofSome(desired, recollection.routesOf(prefixes), recollection, protocols));
        List<Change> changes = new ArrayList<>(plan.nextHopAdds());
        changes.addAll(plan.routePuts());
        changes.addAll(plan.routeDeletes());
        if (!plan.obstacles().isEmpty()
                || !plan.routeDeletes().isEmpty()
                        && recollection.wouldSweepMost(plan.routeDeletes().size())) {
            known = null;
            return new Attempt(List.of(), false);
        }
        if (changes.isEmpty()) {
            return new Attempt(List.of(), true);
        }
        writtenAt = nowMillis;
        unverifiedSince = OptionalLong.of(unverifiedSince.orElse(nowMillis));
        List<Outcome> outcomes = times.measure(Report.Phase.APPLY, () -> kernel.apply(changes));
        recollection.noteAll(outcomes);
        return new Attempt(
                outcomes,
                outcomes.stream().allMatch(outcome -> FailureClass.of(outcome).isEmpty()));
    }
}
