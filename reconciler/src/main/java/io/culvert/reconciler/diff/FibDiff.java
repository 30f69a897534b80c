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

/**
 * Next hops and routes: what they should be against what they are, in one merge pass over two sorted tables. Pure. Long for
 * one class because the pass and the objects it fills are one idea.
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
     * The changes that are missing.
     *
     * @param ids of the same look; is told of the next hops that the plan puts
     * @param protocols the origin marks of our routes and next hops
     * @param heldPeers peers whose direct routes are not to be moved to the tunnel yet
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
     * The changes that some prefixes miss; next hops that nothing needs any more stay.
     *
     * @param desired routes of these prefixes alone
     * @param actual routes of these prefixes alone
     * @param known what else is known of the kernel; is told of the next hops that the plan puts
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
        boolean[] taken = desired.taken();
        for (int number = 0; number < idOfVia.length; number++) {
            if (!taken[number]) {
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
        int wanted = 0;
        int row = 0;
        while (wanted < desired.size() || row < routes.size()) {
            long key = Math.min(
                    wanted < desired.size() ? desired.key(wanted) : Long.MAX_VALUE,
                    row < routes.size() ? routes.key(row) : Long.MAX_VALUE);
            int end = row;
            while (end < routes.size() && routes.key(end) == key) {
                end++;
            }
            if (wanted < desired.size() && desired.key(wanted) == key) {
                compare(wanted, row, end);
                wanted++;
            } else {
                sweep(row, end, NONE_KEPT);
            }
            row = end;
        }
    }

    /** Holds the wanted route against the actual ones of its prefix; at most one of those has our key, metric 0. */
    private void compare(int wanted, int from, int to) {
        int atKey = from < to && actual.metric(from) == 0 ? from : NONE_KEPT;
        sweep(from, to, atKey);
        if (atKey != NONE_KEPT && !protocols.owns(actual.protocol(atKey))) {
            obstacles.add(conflict(wanted, atKey));
            return;
        }
        int id = desired.viaNumber(wanted) < 0 ? BLACKHOLE : idOfVia[desired.viaNumber(wanted)];
        Prefix prefix = desired.prefix(wanted);
        if (id == NO_DEVICE) {
            keepNextHopOf(atKey);
            obstacles.add(noDevice(prefix, desired.vias().get(desired.viaNumber(wanted))));
        } else if (atKey == NONE_KEPT) {
            routePuts.add(new Change.AddRoute(prefix, id, protocol));
        } else if (!matches(atKey, id) && isHeld(wanted, atKey)) {
            keepNextHopOf(atKey);
            obstacles.add(held(prefix));
        } else if (!matches(atKey, id)) {
            routePuts.add(new Change.ReplaceRoute(prefix, id, protocol));
        }
    }

    /** A route that stays as it is keeps what it stands on. */
    private void keepNextHopOf(int row) {
        if (row != NONE_KEPT) {
            keptIds.add(actual.nextHop(row));
        }
    }

    /** Make before break reaches across nodes: the direct route stays until the peer can receive from the tunnel. */
    private boolean isHeld(int wanted, int row) {
        Via via = desired.via(wanted);
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

    private Obstacle conflict(int wanted, int row) {
        RouteTable routes = actual;
        Prefix prefix = desired.prefix(wanted);
        Address gateway = routes.gateway(row);
        return new Obstacle(
                "route " + prefix,
                FailureClass.CONFLICT,
                "a foreign route is in its place (protocol " + routes.protocol(row)
                        + (gateway == null ? "" : ", via " + gateway)
                        + "); it is left alone; remove it with 'ip route del "
                        + prefix + " proto " + routes.protocol(row) + "'");
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
                obstacles.add(new Obstacle(
                        delete.subject(),
                        FailureClass.CONFLICT,
                        "it is not needed any more, but a foreign route uses it and would go with it"));
            } else {
                nextHopDeletes.add(delete);
            }
        }
    }
}
