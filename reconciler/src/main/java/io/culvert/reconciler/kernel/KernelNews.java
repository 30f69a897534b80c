package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Prefix;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;

/**
 * What the kernel announced about changes by others. Hints where to observe again, never the truth: the kernel does not announce
 * the routes that go with a device or a next hop. Lost messages count as news of every table. Immutable.
 *
 * @param tables those to observe again
 * @param lostRoutes prefixes whose own route somebody deleted
 */
public record KernelNews(Set<KernelTable> tables, Set<Prefix> lostRoutes) {

    public static final KernelNews NONE = new KernelNews(Set.of(), Set.of());

    /** Anything may have happened. */
    public static final KernelNews ALL = new KernelNews(EnumSet.allOf(KernelTable.class), Set.of());

    /** With more than that, observing the table costs no more than checking each. */
    private static final int MANY = 4096;

    public KernelNews {
        tables = Set.copyOf(tables);
        lostRoutes = Set.copyOf(lostRoutes);
    }

    /** News of whole tables. */
    public static KernelNews of(Collection<KernelTable> tables) {
        return new KernelNews(Set.copyOf(tables), Set.of());
    }

    public boolean isNone() {
        return tables.isEmpty() && lostRoutes.isEmpty();
    }

    /** Both. */
    public KernelNews and(KernelNews other) {
        if (isNone() || other.isNone()) {
            return isNone() ? other : this;
        }
        Set<KernelTable> all = new HashSet<>(tables);
        all.addAll(other.tables);
        Set<Prefix> lost = new HashSet<>(lostRoutes);
        lost.addAll(other.lostRoutes);
        if (lost.size() > MANY) {
            all.add(KernelTable.ROUTE);
            lost.clear();
        }
        return new KernelNews(all, lost);
    }
}
