package io.culvert.reconciler.model;

import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.net.Prefix;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;

/** What the kernel announced, as the reconciler is told of it: the one place that knows the type. Immutable. */
record Announced(Set<KernelTable> news) {

    static final Announced NOTHING = new Announced(Set.of());
    static final Announced ANYTHING = new Announced(EnumSet.allOf(KernelTable.class));

    static Announced of(KernelTable... tables) {
        return new Announced(Set.of(tables));
    }

    /** Somebody deleted our route. */
    static Announced lost(Prefix prefix) {
        return of(KernelTable.ROUTE);
    }

    boolean isNothing() {
        return news.isEmpty();
    }

    Announced and(Announced other) {
        Set<KernelTable> both = new HashSet<>(news);
        both.addAll(other.news);
        return new Announced(both);
    }
}
