package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.resolve.DesiredRoutes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Each pool's share of the routes and of what is in the way. Pure. */
final class PoolReports {

    private PoolReports() {}

    static List<Report.PoolReport> of(DesiredRoutes routes, List<Obstacle> obstacles) {
        Set<String> failed = new HashSet<>();
        obstacles.forEach(obstacle -> failed.add(obstacle.subject()));
        boolean sharedFailure = failed.stream().anyMatch(subject -> !subject.startsWith("route "));
        int[] wanted = new int[routes.pools().size()];
        int[] failing = new int[wanted.length];
        for (int row = 0; row < routes.size(); row++) {
            int pool = routes.poolNumber(row);
            wanted[pool]++;
            if (!failed.isEmpty() && failed.contains("route " + routes.prefix(row))) {
                failing[pool]++;
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
