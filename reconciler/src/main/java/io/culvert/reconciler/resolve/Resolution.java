package io.culvert.reconciler.resolve;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.Unrouted;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** What becomes of one holding after the other, gathered. For one use. */
final class Resolution {

    static final Comparator<Unrouted> BY_PREFIX = Comparator.comparing(Unrouted::prefix);

    private final Decisions decisions;
    private final NextHopIndex ways;
    private final List<String> poolNames;
    private final List<Unrouted> unrouted = new ArrayList<>();
    private final DesiredRoutes.Builder routes;

    Resolution(Decisions decisions, NextHopIndex ways, List<String> poolNames, int expected) {
        this.decisions = decisions;
        this.ways = ways;
        this.poolNames = poolNames;
        this.routes = new DesiredRoutes.Builder(poolNames, expected);
    }

    void add(Holding holding) {
        Verdict verdict = decisions.of(holding);
        if (verdict instanceof Verdict.Route route) {
            int way = ways.numberOf(route.via(), Objects.requireNonNull(holding.peer()));
            routes.route(holding.prefix(), way, holding.pool());
        } else if (verdict instanceof Verdict.LeftOut leftOut) {
            String poolName = holding.pool() == Cluster.NO_POOL ? "" : poolNames.get(holding.pool());
            unrouted.add(new Unrouted(holding.prefix(), poolName, leftOut.reason()));
        } else if (verdict == Verdict.Plain.BLACKHOLE) {
            routes.blackhole(holding.prefix(), holding.pool());
        }
    }

    DesiredRoutes routes() {
        return routes.build(ways.list());
    }

    /** By prefix. */
    List<Unrouted> unrouted() {
        unrouted.sort(BY_PREFIX);
        return unrouted;
    }
}
