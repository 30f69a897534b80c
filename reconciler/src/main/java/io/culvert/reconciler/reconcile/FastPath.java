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
import io.culvert.reconciler.node.Devices;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the routes that one event affects at once, from the last observation instead of a new one. A complete cycle verifies them
 * when it has been quiet for a second. Belongs to the kernel's thread.
 */
final class FastPath {

    private static final long QUIET_MILLIS = 1000;
    private static final long UNVERIFIED_AT_MOST_MILLIS = 30_000;

    private final Kernel kernel;
    private @Nullable FibView view;
    private OptionalLong unverifiedSince = OptionalLong.empty();
    private long writtenAt;

    FastPath(Kernel kernel) {
        this.kernel = kernel;
    }

    /**
     * What was written.
     *
     * @param complete whether nothing else is to do; otherwise a complete cycle follows
     */
    record Written(List<Outcome> outcomes, boolean complete) {

        /** Nothing, and a complete cycle follows. */
        static final Written NOTHING = new Written(List.of(), false);
    }

    /** Opens with what a complete cycle leaves behind. */
    void open(FibView viewNow) {
        view = viewNow;
        unverifiedSince = OptionalLong.empty();
    }

    /** Closes until the next complete cycle. */
    void close() {
        view = null;
        unverifiedSince = OptionalLong.empty();
    }

    /** The devices that the last observation found; empty while it is closed. */
    Optional<Devices> devices() {
        return Optional.ofNullable(view).map(FibView::devices);
    }

    boolean isOpen() {
        return view != null && !view.isVague();
    }

    /** When to verify at the latest; far away if there is nothing to verify. */
    long latestVerification() {
        return unverifiedSince.isPresent() ? unverifiedSince.getAsLong() + UNVERIFIED_AT_MOST_MILLIS : Long.MAX_VALUE;
    }

    /** When to verify if nothing else happens until then. */
    OptionalLong nextVerification() {
        return unverifiedSince.isPresent()
                ? OptionalLong.of(Math.min(writtenAt + QUIET_MILLIS, latestVerification()))
                : OptionalLong.empty();
    }

    /**
     * Writes the routes of some prefixes.
     *
     * @param desired routes of these prefixes alone
     * @param prefixes keys of those that may differ or are lost; ascending, each once
     * @param lost prefixes whose route somebody deleted
     */
    Written write(
            DesiredRoutes desired,
            long[] prefixes,
            Set<Prefix> lost,
            RouteProtocols protocols,
            PhaseTimes times,
            long nowMillis) {
        FibView known = view;
        if (known == null) {
            return Written.NOTHING;
        }
        lost.forEach(known::lost);
        FibPlan plan = times.measure(
                Report.Phase.DIFF, () -> FibDiff.ofSome(desired, known.routesOf(prefixes), known, protocols));
        List<Change> changes = new ArrayList<>(plan.nextHopAdds());
        changes.addAll(plan.routePuts());
        changes.addAll(plan.routeDeletes());
        if (!plan.obstacles().isEmpty()
                || plan.exchangesRoutes()
                || !plan.routeDeletes().isEmpty()
                        && known.wouldSweepMost(plan.routeDeletes().size())) {
            view = null;
            return Written.NOTHING;
        }
        if (changes.isEmpty()) {
            return new Written(List.of(), true);
        }
        writtenAt = nowMillis;
        unverifiedSince = OptionalLong.of(unverifiedSince.orElse(nowMillis));
        List<Outcome> outcomes = times.measure(Report.Phase.APPLY, () -> kernel.apply(changes));
        known.noteAll(outcomes);
        return new Written(
                outcomes,
                outcomes.stream().allMatch(outcome -> FailureClass.of(outcome).isEmpty()));
    }

    /** Both, ascending, each once. Without streams: a repair ends before the code of one is in the processor's cache. */
    static long[] merged(long[] affected, Set<Prefix> lost) {
        long[] all = Arrays.copyOf(affected, affected.length + lost.size());
        int count = affected.length;
        for (Prefix prefix : lost) {
            all[count++] = prefix.key();
        }
        Arrays.sort(all);
        int distinct = 0;
        for (long key : all) {
            if (distinct == 0 || all[distinct - 1] != key) {
                all[distinct++] = key;
            }
        }
        return Arrays.copyOf(all, distinct);
    }
}
