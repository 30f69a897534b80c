package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.NodeAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the report of each cycle. Keeps what only a complete cycle finds out: obstacles, warnings, the tunnel's MTU. Not for more
 * than one thread.
 */
final class Reporter {

    /** How {@link io.culvert.reconciler.kernel.Change#subject()} begins for a route. */
    private static final String ROUTE = "route ";

    private static final int NOT_DESIRED = -1;

    private long cycles;
    private List<Obstacle> obstacles = List.of();
    private List<String> warnings = List.of();
    private OptionalInt tunnelMtu = OptionalInt.empty();
    private NodeAddress address;
    private @Nullable DesiredState convergedOn;

    Reporter(NodeAddress address) {
        this.address = address;
    }

    /** Takes over what a complete cycle found. */
    void found(
            List<Obstacle> obstaclesNow, List<String> warningsNow, OptionalInt tunnelMtuNow, NodeAddress addressNow) {
        obstacles = obstaclesNow;
        warnings = warningsNow;
        tunnelMtu = tunnelMtuNow;
        address = addressNow;
    }

    boolean hasObstacles() {
        return !obstacles.isEmpty();
    }

    /** Drops the obstacles of these subjects: their objects are in the kernel now. */
    void clear(Set<String> subjects) {
        obstacles = obstacles.stream()
                .filter(obstacle -> !subjects.contains(obstacle.subject()))
                .toList();
    }

    /** The report of the cycle that has just ended. */
    @SuppressWarnings("ReferenceEquality") // an unchanged desired state is the same object
    Report report(
            Trigger trigger,
            long revision,
            DesiredState desired,
            List<Outcome> outcomes,
            OptionalLong nextDue,
            PhaseTimes times) {
        boolean drift = desired == convergedOn && !outcomes.isEmpty();
        convergedOn = obstacles.isEmpty() ? desired : null;
        cycles++;
        return new Report(
                cycles,
                trigger,
                revision,
                desired,
                outcomes,
                obstacles,
                pools(desired.routes(), obstacles),
                address,
                tunnelMtu,
                warnings,
                drift,
                nextDue,
                times.nanos());
    }

    private static List<Report.PoolReport> pools(DesiredRoutes routes, List<Obstacle> obstacles) {
        Set<String> failed = new HashSet<>();
        obstacles.forEach(obstacle -> failed.add(obstacle.subject()));
        boolean sharedFailure = failed.stream().anyMatch(subject -> !subject.startsWith(ROUTE));
        int[] desired = routes.sizes();
        int[] failing = new int[desired.length];
        for (String subject : failed) {
            int row = subject.startsWith(ROUTE)
                    ? routes.find(
                            Prefix.parse(subject.substring(ROUTE.length())).key())
                    : NOT_DESIRED;
            if (row >= 0) {
                failing[routes.poolNumber(row)]++;
            }
        }
        List<Report.PoolReport> reports = new ArrayList<>();
        for (int pool = 0; pool < desired.length; pool++) {
            reports.add(new Report.PoolReport(
                    routes.pools().get(pool), desired[pool], failing[pool], failing[pool] == 0 && !sharedFailure));
        }
        reports.sort(Comparator.comparing(Report.PoolReport::pool));
        return reports;
    }
}
