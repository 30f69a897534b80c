package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import org.jspecify.annotations.Nullable;

/**
 * The packet filter as last observed. Reading it costs a process, so a cycle does not observe it without a reason; every write
 * makes the next use observe it again.
 */
final class FilterCache {

    private final PacketFilter filter;
    private @Nullable FilterState seen;

    FilterCache(PacketFilter filter) {
        this.filter = filter;
    }

    /** Makes the next use observe the filter again. */
    void invalidate() {
        seen = null;
    }

    FilterState state() {
        if (seen == null) {
            seen = filter.observe();
        }
        return seen;
    }

    Outcome apply(Change change) {
        invalidate();
        return filter.apply(change);
    }
}
