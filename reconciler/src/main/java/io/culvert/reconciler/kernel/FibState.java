package io.culvert.reconciler.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Next-hop objects and main-table routes of a namespace as observed once, own and foreign.
 *
 * @param routes a multipath route is one row, with the gateway and device of its first hop
 * @param defaultPaths where the default routes lead, every hop of them, the lowest metric first
 */
public record FibState(List<NextHop> nextHops, RouteTable routes, List<DefaultPath> defaultPaths) {

    public FibState {
        nextHops = List.copyOf(nextHops);
        defaultPaths = List.copyOf(defaultPaths);
    }

    /** For routes of which each has one hop and no preferred source. */
    public FibState(List<NextHop> nextHops, RouteTable routes) {
        this(nextHops, routes, defaultPaths(routes));
    }

    /** The default route's key is 0, so its rows, one per metric, come first. */
    private static List<DefaultPath> defaultPaths(RouteTable routes) {
        List<DefaultPath> paths = new ArrayList<>();
        for (int row = 0; row < routes.size() && routes.key(row) == 0; row++) {
            paths.add(new DefaultPath(Optional.ofNullable(routes.gateway(row)), routes.device(row), Optional.empty()));
        }
        return paths;
    }
}
