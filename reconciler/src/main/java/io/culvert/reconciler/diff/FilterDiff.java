package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.Ruleset;
import java.util.List;
import java.util.Optional;

/** The packet filter: what it should be against what it is. Pure. */
public final class FilterDiff {

    private FilterDiff() {}

    /** What is missing for the table to say just that. */
    public static List<Change> of(Optional<Ruleset> desired, FilterState actual) {
        if (actual.deviations().isEmpty() && actual.ruleset().equals(desired)) {
            return List.of();
        }
        if (desired.isPresent()) {
            return List.of(new Change.ReplaceRuleset(desired.get()));
        }
        boolean present = actual.ruleset().isPresent() || !actual.deviations().isEmpty();
        return present ? List.of(new Change.DeleteRuleset()) : List.of();
    }
}
