package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The changes of next hops and routes, in the order to apply them: a next hop before the routes that use it, additions and
 * replacements before deletions, unused next hops last.
 */
public record FibPlan(
        List<Change.AddNextHop> nextHopAdds,
        List<Change> routePuts,
        List<Change> routeDeletes,
        List<Change> nextHopDeletes,
        List<Obstacle> obstacles) {

    /** Whether a prefix gets a route and loses another one, which may only go when the new one is in place. */
    public boolean exchangesRoutes() {
        if (routePuts.isEmpty() || routeDeletes.isEmpty()) {
            return false;
        }
        Set<String> losing = new HashSet<>();
        routeDeletes.forEach(delete -> losing.add(delete.subject()));
        return routePuts.stream().anyMatch(put -> losing.contains(put.subject()));
    }
}
