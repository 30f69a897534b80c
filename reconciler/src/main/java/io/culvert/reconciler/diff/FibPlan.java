package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import java.util.List;

/**
 * The changes of next hops and routes, in the order of application: what routes need comes before them, what replaces a
 * route comes before deletions, and next hops go when nothing uses them any more.
 */
public record FibPlan(
        List<Change.AddNextHop> nextHopAdds,
        List<Change> routePuts,
        List<Change> routeDeletes,
        List<Change> nextHopDeletes,
        List<Obstacle> obstacles) {}
