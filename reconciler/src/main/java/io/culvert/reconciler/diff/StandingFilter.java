package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.Ruleset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The packet filter, looked at when something asks for it and not in every cycle, because that look costs a process. What
 * was written counts as unseen until it was looked at.
 */
public final class StandingFilter {

    private final PacketFilter filter;
    private @Nullable FilterState seen;

    public StandingFilter(PacketFilter filter) {
        this.filter = filter;
    }

    /** Makes the next use look again. */
    public void forget() {
        seen = null;
    }

    public FilterState state() {
        if (seen == null) {
            seen = filter.observe();
        }
        return seen;
    }

    public Outcome apply(Change change) {
        forget();
        return filter.apply(change);
    }

    /** What is missing for the table to say just that. */
    public static List<Change> changes(Optional<Ruleset> desired, FilterState actual) {
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
