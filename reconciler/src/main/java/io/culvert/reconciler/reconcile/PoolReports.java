package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Each pool's share of the routes and of what is in the way. Pure. */
final class PoolReports {

    /** How {@link io.culvert.reconciler.kernel.Change#subject()} begins for a route. */
    private static final String ROUTE = "route ";

    private static final int NOT_WANTED = -1;

    private PoolReports() {}

    static List<Report.PoolReport> of(DesiredRoutes routes, List<Obstacle> obstacles) {
        Set<String> failed = new HashSet<>();
        obstacles.forEach(obstacle -> failed.add(obstacle.subject()));
        boolean sharedFailure = failed.stream().anyMatch(subject -> !subject.startsWith(ROUTE));
        int[] wanted = routes.sizes();
        int[] failing = new int[wanted.length];
        for (String subject : failed) {
            int row = subject.startsWith(ROUTE)
                    ? routes.find(
                            Prefix.parse(subject.substring(ROUTE.length())).key())
                    : NOT_WANTED;
            if (row >= 0) {
                failing[routes.poolNumber(row)]++;
            }
        }
        List<Report.PoolReport> reports = new ArrayList<>();
        for (int pool = 0; pool < wanted.length; pool++) {
            reports.add(new Report.PoolReport(
                    routes.pools().get(pool), wanted[pool], failing[pool], failing[pool] == 0 && !sharedFailure));
        }
        reports.sort(Comparator.comparing(Report.PoolReport::pool));
        return reports;
    }
}
