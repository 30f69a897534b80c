package io.culvert.reconciler.model;

import io.culvert.reconciler.kernel.FakeKernel.Route;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.reconcile.NodeN1;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/** A kernel as observed once, divided into what is Culvert's and what is foreign. */
public record Sight(LinkState links, FibState fib, IntPredicate ownMark) {

    /** Name of the device that is Culvert's if its kind is ipip. */
    public static final String TUNNEL = NodeN1.TUNNEL;

    /** {@code RTPROT_KERNEL}, {@code linux/rtnetlink.h}: routes that come and go with an address. */
    private static final int MADE_BY_KERNEL = 2;

    public static Sight of(Kernel kernel, IntPredicate ownMark) {
        return new Sight(kernel.observeLinks(), kernel.observeFib(), ownMark);
    }

    public List<Route> routes() {
        RouteTable table = fib.routes();
        List<Route> routes = new ArrayList<>(table.size());
        for (int row = 0; row < table.size(); row++) {
            routes.add(Route.of(table, row));
        }
        return routes;
    }

    public List<Route> ownRoutes() {
        return routes().stream().filter(route -> ownMark.test(route.protocol())).toList();
    }

    static boolean isOurs(int metric) {
        return metric == 0 || metric == RouteTable.LAST_METRIC;
    }

    /** Whether there is a route of ours to the prefix with that metric. */
    boolean hasOwn(Prefix prefix, int metric) {
        return ownRoutes().stream().anyMatch(route -> route.prefix().equals(prefix) && route.metric() == metric);
    }

    /** Prefixes with a route of ours with a metric of ours. */
    Set<Prefix> ownPrefixes() {
        RouteTable table = fib.routes();
        Set<Prefix> prefixes = new HashSet<>();
        for (int row = 0; row < table.size(); row++) {
            if (isOurs(table.metric(row)) && ownMark.test(table.protocol(row))) {
                prefixes.add(table.prefix(row));
            }
        }
        return prefixes;
    }

    public List<Route> foreignRoutes() {
        return routes().stream()
                .filter(route -> !ownMark.test(route.protocol()) && route.protocol() != MADE_BY_KERNEL)
                .toList();
    }

    public List<NextHop> ownNextHops() {
        return fib.nextHops().stream()
                .filter(nextHop -> ownMark.test(nextHop.protocol()))
                .toList();
    }

    List<NextHop> foreignNextHops() {
        return fib.nextHops().stream()
                .filter(nextHop -> !ownMark.test(nextHop.protocol()))
                .toList();
    }

    Optional<Link> tunnel() {
        return links.named(TUNNEL).filter(link -> link.ipip().isPresent());
    }

    List<Link> foreignLinks() {
        return links.links().stream()
                .filter(link -> !link.name().equals(TUNNEL) || link.ipip().isEmpty())
                .toList();
    }

    /** Everything that no change of ours may alter. */
    Foreign foreign() {
        return new Foreign(foreignLinks(), foreignNextHops(), foreignRoutes());
    }

    record Foreign(List<Link> links, List<NextHop> nextHops, List<Route> routes) {

        Foreign withoutNextHopsOn(int device) {
            return new Foreign(
                    links,
                    nextHops.stream()
                            .filter(nextHop -> nextHop.device() != device)
                            .toList(),
                    routes);
        }
    }
}
