package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import java.util.List;

/**
 * The changes of next hops and routes, in the order to apply them: a next hop before the routes that use it, additions and
 * replacements before deletions, unused next hops last.
 */
public record FibPlan(
        List<Change.AddNextHop> nextHopAdds,
        List<Change> routePuts,
        List<Change> routeDeletes,
        List<Change> nextHopDeletes,
        List<Obstacle> obstacles) {}
