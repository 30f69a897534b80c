package io.culvert.reconciler.diff;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.Devices;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Next hops and routes: desired against actual, in one merge pass over two sorted tables. Pure. Long for one class because the
 * pass and the lists it fills are one idea.
 */
public final class FibDiff {

    private static final int BLACKHOLE = 0;
    private static final int NO_DEVICE = -1;
    private static final int NONE_KEPT = -1;

    private final DesiredRoutes desired;
    private final RouteTable actual;
    private final NextHopIds ids;
    private final Devices devices;
    private final RouteProtocols protocols;
    private final int protocol;
    private final int[] idOfVia;
    private final Set<Address> heldPeers;
    private final Set<Integer> directIds = new HashSet<>();
    private final Set<Integer> keptIds = new HashSet<>();
    private final Set<Integer> idsOfForeignRoutes = new HashSet<>();
    private final List<Change.AddNextHop> nextHopAdds = new ArrayList<>();
    private final List<Change> routePuts = new ArrayList<>();
    private final List<Change> routeDeletes = new ArrayList<>();
    private final List<Change> nextHopDeletes = new ArrayList<>();
    private final List<Obstacle> obstacles = new ArrayList<>();

    private FibDiff(
            DesiredRoutes desired,
            RouteTable actual,
            NextHopIds ids,
            Devices devices,
            RouteProtocols protocols,
            Set<Address> heldPeers) {
        this.desired = desired;
        this.actual = actual;
        this.ids = ids;
        this.devices = devices;
        this.protocols = protocols;
        this.protocol = protocols.current();
        this.heldPeers = heldPeers;
        this.idOfVia = new int[desired.vias().size()];
    }

    /**
     * The changes of next hops and routes.
     *
     * @param ids of the same observation; records the next hops that the plan adds
     * @param protocols the origin marks of our routes and next hops
     * @param heldPeers peers whose direct routes must not move to the tunnel yet
     */
    public static FibPlan of(
            DesiredRoutes desired,
            FibState actual,
            NextHopIds ids,
            Devices devices,
            RouteProtocols protocols,
            Set<Address> heldPeers) {
        FibDiff diff = new FibDiff(desired, actual.routes(), ids, devices, protocols, heldPeers);
        diff.findDirect(actual.nextHops());
        diff.matchNextHops();
        diff.mergeRoutes();
        diff.sweepNextHops(actual.nextHops());
        return diff.plan();
    }

    /**
     * The changes for some prefixes alone; next hops that became unused stay.
     *
     * @param desired routes of these prefixes alone
     * @param actual routes of these prefixes alone
     * @param known what else is known of the kernel; records the next hops that the plan adds
     */
    public static FibPlan ofSome(DesiredRoutes desired, RouteTable actual, FibView known, RouteProtocols protocols) {
        FibDiff diff = new FibDiff(desired, actual, known.ids(), known.devices().up(), protocols, Set.of());
        diff.matchNextHops();
        diff.mergeRoutes();
        return diff.plan();
    }

    private FibPlan plan() {
        return new FibPlan(nextHopAdds, routePuts, routeDeletes, nextHopDeletes, obstacles);
    }

    private void findDirect(List<NextHop> nextHops) {
        if (heldPeers.isEmpty()) {
            return;
        }
        for (NextHop nextHop : nextHops) {
            if (protocols.owns(nextHop.protocol()) && isDirect(nextHop)) {
                directIds.add(nextHop.id());
            }
        }
    }

    private void matchNextHops() {
        boolean[] used = desired.used();
        for (int number = 0; number < idOfVia.length; number++) {
            if (!used[number]) {
                continue;
            }
            Via via = desired.vias().get(number);
            Optional<Link> device = deviceOf(via);
            if (device.isEmpty()) {
                idOfVia[number] = NO_DEVICE;
            } else {
                idOfVia[number] = idOf(via.peer(), device.get());
                keptIds.add(idOfVia[number]);
            }
        }
    }

    private int idOf(Address peer, Link device) {
        OptionalInt known = ids.find(peer, device.index());
        if (known.isPresent()) {
            return known.getAsInt();
        }
        int id = ids.allot(peer, device.index());
        nextHopAdds.add(new Change.AddNextHop(id, peer, device.index(), device.name(), protocol));
        return id;
    }

    private boolean isDirect(NextHop nextHop) {
        return devices.underlay()
                .filter(underlay -> underlay.index() == nextHop.device())
                .isPresent();
    }

    private Optional<Link> deviceOf(Via via) {
        return via.encapsulation() == Encapsulation.IPIP ? devices.tunnel() : devices.underlay();
    }

    private void mergeRoutes() {
        RouteTable routes = actual;
        int next = 0;
        int row = 0;
        while (next < desired.size() || row < routes.size()) {
            long key = Math.min(
                    next < desired.size() ? desired.key(next) : Long.MAX_VALUE,
                    row < routes.size() ? routes.key(row) : Long.MAX_VALUE);
            int end = row;
            while (end < routes.size() && routes.key(end) == key) {
                end++;
            }
            if (next < desired.size() && desired.key(next) == key) {
                compare(next, row, end);
                next++;
            } else {
                sweep(row, end, NONE_KEPT);
            }
            row = end;
        }
    }

    /** Compares the desired route with the actual ones of its prefix. Only the first with its metric has its key. */
    private void compare(int next, int from, int to) {
        boolean blackhole = desired.viaNumber(next) < 0;
        int id = blackhole ? BLACKHOLE : idOfVia[desired.viaNumber(next)];
        int atKey = firstWith(Change.metricOf(id), from, to);
        Obstacle obstacle = obstacle(next, atKey, id);
        if (obstacle != null) {
            obstacles.add(obstacle);
            keep(from, to);
            return;
        }
        sweep(from, to, atKey);
        if (atKey == NONE_KEPT) {
            routePuts.add(new Change.AddRoute(desired.prefix(next), id, protocol));
        } else if (!matches(atKey, id)) {
            routePuts.add(new Change.ReplaceRoute(desired.prefix(next), id, protocol));
        }
    }

    /** The kernel may hold several routes with one metric. Packets use the first, and a replacement replaces it. */
    private int firstWith(int metric, int from, int to) {
        for (int row = from; row < to; row++) {
            if (actual.metric(row) == metric) {
                return row;
            }
        }
        return NONE_KEPT;
    }

    private @Nullable Obstacle obstacle(int next, int atKey, int id) {
        if (atKey != NONE_KEPT && !protocols.owns(actual.protocol(atKey))) {
            return conflict(next, atKey);
        }
        if (id == NO_DEVICE) {
            return noDevice(desired.prefix(next), desired.vias().get(desired.viaNumber(next)));
        }
        boolean held = atKey != NONE_KEPT && !matches(atKey, id) && isHeld(next, atKey);
        return held ? held(desired.prefix(next)) : null;
    }

    /** Without the desired route, our others of its prefix stay as they are, with their next hops. */
    private void keep(int from, int to) {
        for (int row = from; row < to; row++) {
            int metric = actual.metric(row);
            if (protocols.owns(actual.protocol(row)) && (metric == 0 || metric == RouteTable.LAST_METRIC)) {
                keptIds.add(actual.nextHop(row));
            } else {
                sweep(row, row + 1, NONE_KEPT);
            }
        }
    }

    /** Make before break reaches across nodes: the direct route stays until the peer can receive from the tunnel. */
    private boolean isHeld(int next, int row) {
        Via via = desired.via(next);
        return via != null
                && via.encapsulation() == Encapsulation.IPIP
                && heldPeers.contains(via.peer())
                && directIds.contains(actual.nextHop(row));
    }

    private static Obstacle held(Prefix prefix) {
        return new Obstacle(
                "route " + prefix,
                FailureClass.WAITING,
                "the direct route stays until the peer's tunnel address shows that its tunnel is ready");
    }

    private boolean matches(int row, int id) {
        RouteTable routes = actual;
        if (routes.protocol(row) != protocol) {
            return false;
        }
        return id == BLACKHOLE
                ? routes.type(row) == RouteTable.BLACKHOLE
                : routes.type(row) == RouteTable.UNICAST && routes.nextHop(row) == id;
    }

    private void sweep(int from, int to, int kept) {
        RouteTable routes = actual;
        for (int row = from; row < to; row++) {
            if (!protocols.owns(routes.protocol(row))) {
                if (routes.nextHop(row) != 0) {
                    idsOfForeignRoutes.add(routes.nextHop(row));
                }
            } else if (row != kept) {
                routeDeletes.add(new Change.DeleteRoute(
                        routes.prefix(row), routes.metric(row), routes.type(row), routes.protocol(row)));
            }
        }
    }

    private Obstacle conflict(int next, int row) {
        RouteTable routes = actual;
        Prefix prefix = desired.prefix(next);
        Address gateway = routes.gateway(row);
        return new Obstacle(
                "route " + prefix,
                FailureClass.CONFLICT,
                "a foreign route is in its place (protocol " + routes.protocol(row)
                        + (gateway == null ? "" : ", via " + gateway)
                        + "); it is left alone; remove it with 'ip route del "
                        + prefix + " proto " + routes.protocol(row)
                        + (routes.metric(row) == 0 ? "" : " metric " + Integer.toUnsignedString(routes.metric(row)))
                        + "'");
    }

    private static Obstacle noDevice(Prefix prefix, Via via) {
        String missing = via.encapsulation() == Encapsulation.IPIP
                ? "the tunnel device is not up"
                : "no device carries the node's address";
        return new Obstacle("route " + prefix, FailureClass.WAITING, missing);
    }

    private void sweepNextHops(List<NextHop> seen) {
        for (NextHop nextHop : seen) {
            if (!protocols.owns(nextHop.protocol()) || keptIds.contains(nextHop.id())) {
                continue;
            }
            Change.DeleteNextHop delete = new Change.DeleteNextHop(nextHop.id());
            if (idsOfForeignRoutes.contains(nextHop.id())) {
                obstacles.add(
                        new Obstacle(
                                delete.subject(),
                                FailureClass.CONFLICT,
                                "no longer needed, but kept: a foreign route uses it and would be deleted with it; remove that route"));
            } else {
                nextHopDeletes.add(delete);
            }
        }
    }
}
