package io.culvert.reconciler.model;

import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.net.Prefix;
import java.util.Set;

/** What the kernel announced, as the reconciler receives it: the only class that knows the type. Immutable. */
record Announced(KernelNews news) {

    static final Announced NOTHING = new Announced(KernelNews.NONE);
    static final Announced ANYTHING = new Announced(KernelNews.ALL);

    static Announced of(KernelTable... tables) {
        return new Announced(KernelNews.of(Set.of(tables)));
    }

    /** Somebody deleted our route. */
    static Announced lost(Prefix prefix) {
        return new Announced(new KernelNews(Set.of(), Set.of(prefix)));
    }

    boolean isNothing() {
        return news.isNone();
    }

    Announced and(Announced other) {
        return new Announced(news.and(other.news));
    }
}
