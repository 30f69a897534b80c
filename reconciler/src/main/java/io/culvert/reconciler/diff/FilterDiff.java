package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.Ruleset;
import java.util.List;
import java.util.Optional;

/** The packet filter: desired against actual. Pure. */
public final class FilterDiff {

    private FilterDiff() {}

    /**
     * Whether the table would translate flows that it did not translate before: those that live go on untranslated, because the
     * kernel decides it by their first packet.
     */
    public static boolean widensTranslation(FilterState before, Ruleset after) {
        if (after.natPools().isEmpty()) {
            return false;
        }
        if (before.ruleset().isEmpty() || !before.deviations().isEmpty()) {
            return true;
        }
        Ruleset former = before.ruleset().get();
        return !former.natPools().containsAll(after.natPools())
                || !after.pools().containsAll(former.pools())
                || former.sourcesExempt()
                        && !(after.sourcesExempt() && after.tunnelSources().containsAll(former.tunnelSources()));
    }

    /** The change that makes the table say just that, if it does not. */
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
