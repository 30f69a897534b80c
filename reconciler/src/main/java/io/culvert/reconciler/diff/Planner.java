package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.resolve.DesiredState;
import io.culvert.reconciler.resolve.TunnelDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The plan of a cycle that is not run: the same diffs over one look, with a tunnel device that would have to be made first
 * imagined as made. Writes nothing.
 */
public final class Planner {

    private Planner() {}

    public static Plan plan(
            DesiredState desired,
            NodeSettings settings,
            RouteProtocols protocols,
            LinkState links,
            FibState fib,
            FilterState filter,
            Sysctls sysctls) {
        List<Change> changes = new ArrayList<>();
        List<Obstacle> obstacles = new ArrayList<>();
        LinkState imagined = links;
        if (desired.tunnel().isPresent()) {
            TunnelDevice tunnel = desired.tunnel().get();
            Difference device = DeviceDiff.setUp(tunnel, links);
            if (device.changes().stream().anyMatch(Change.CreateTunnel.class::isInstance)) {
                changes.addAll(device.changes());
                imagined = withNew(tunnel, links);
                device = DeviceDiff.setUp(tunnel, imagined);
            }
            changes.addAll(device.changes());
            obstacles.addAll(device.obstacles());
        }
        Devices devices = Devices.of(settings.tunnelDevice(), settings.address().address(), imagined);
        changes.addAll(SysctlDiff.of(desired, devices, sysctls));
        // A tunnel that is down is set up above; an underlay that is down is not ours to set up.
        Devices usable = new Devices(devices.tunnel(), devices.underlay().filter(Link::up));
        FibPlan plan = FibDiff.of(
                desired.routes(), fib, NextHopIds.of(fib.nextHops(), protocols.current()), usable, protocols, Set.of());
        Set<String> blocked = plan.obstacles().stream().map(Obstacle::subject).collect(Collectors.toSet());
        Difference gone = DeviceDiff.tearDown(
                settings.tunnelDevice(),
                links,
                fib.routes(),
                row -> protocols.owns(fib.routes().protocol(row))
                        && !blocked.contains("route " + fib.routes().prefix(row)));
        boolean tunnelStays = desired.tunnel().isPresent() || !gone.obstacles().isEmpty();
        if (desired.ruleset().isPresent() || !tunnelStays) {
            changes.addAll(StandingFilter.changes(
                    desired.ruleset().map(ruleset -> ruleset.withTunnelFiltered(tunnelStays)), filter));
        }
        changes.addAll(plan.nextHopAdds());
        changes.addAll(plan.routePuts());
        changes.addAll(plan.routeDeletes());
        changes.addAll(plan.nextHopDeletes());
        obstacles.addAll(plan.obstacles());
        if (desired.tunnel().isEmpty()) {
            changes.addAll(gone.changes());
            obstacles.addAll(gone.obstacles());
        }
        return new Plan(changes, obstacles);
    }

    private static LinkState withNew(TunnelDevice tunnel, LinkState links) {
        List<Link> all = new ArrayList<>(links.links());
        Link.Ipip parameters = new Link.Ipip(tunnel.local(), new Address(0), true);
        all.add(new Link(0, tunnel.name(), "ipip", false, tunnel.mtu(), Optional.of(parameters), List.of()));
        return new LinkState(all);
    }
}
