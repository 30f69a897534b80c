package io.culvert.reconciler.kernel;

import java.util.List;

/** Next-hop objects and main-table routes of a namespace as observed once, own and foreign. */
public record FibState(List<NextHop> nextHops, RouteTable routes) {

    public FibState {
        nextHops = List.copyOf(nextHops);
    }
}
