package io.culvert.reconciler.plan;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.TunnelDevice;
import io.culvert.reconciler.diff.AddressObstacle;
import io.culvert.reconciler.diff.DeviceDiff;
import io.culvert.reconciler.diff.Difference;
import io.culvert.reconciler.diff.FibDiff;
import io.culvert.reconciler.diff.FibPlan;
import io.culvert.reconciler.diff.FilterDiff;
import io.culvert.reconciler.diff.NextHopIds;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.diff.SysctlDiff;
import io.culvert.reconciler.diff.TunnelRivals;
import io.culvert.reconciler.firewall.FirewallDiff;
import io.culvert.reconciler.firewall.HostFirewall;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.node.Devices;
import io.culvert.reconciler.node.LocalView;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.resolve.Resolver;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Plans a cycle without running it: the same diffs over one observation. A tunnel device that has to be created first is assumed
 * to exist. Writes nothing; belongs to the thread that owns the kernel.
 */
public final class Planner {

    private final Kernel kernel;
    private final PacketFilter filter;
    private final HostFirewall firewall;
    private final Sysctls sysctls;
    private final NodeSettings settings;

    /** For a host without a firewall. */
    public Planner(Kernel kernel, PacketFilter filter, Sysctls sysctls, NodeSettings settings) {
        this(kernel, filter, HostFirewall.NONE, sysctls, settings);
    }

    public Planner(Kernel kernel, PacketFilter filter, HostFirewall firewall, Sysctls sysctls, NodeSettings settings) {
        this.kernel = kernel;
        this.filter = filter;
        this.firewall = firewall;
        this.sysctls = sysctls;
        this.settings = settings;
    }

    /**
     * The kernel's links and routes, and the node as they complete it.
     *
     * @param assigned a tunnel address that IPAM has given to this node and that its Node does not name yet
     * @throws KernelException if the kernel cannot be read
     */
    public Observation observe(Snapshot snapshot, Optional<Address> assigned) {
        LinkState links = kernel.observeLinks();
        FibState fib = kernel.observeFib();
        InterfaceAddress address = address(snapshot, links, fib).address();
        return new Observation(LocalView.of(settings, address, snapshot, assigned, links, fib), links, fib);
    }

    /**
     * What a cycle towards the snapshot would change.
     *
     * @param assigned as for {@link #observe}
     * @throws KernelException if the kernel cannot be read
     */
    public Plan plan(Snapshot snapshot, Optional<Address> assigned) {
        Observation seen = observe(snapshot, assigned);
        RouteProtocols protocols = settings.protocols(snapshot.felixFor(settings.nodeName()));
        NodeAddress address = address(snapshot, seen.links(), seen.fib());
        List<Obstacle> obstacles =
                new ArrayList<>(AddressObstacle.of(address).stream().toList());
        if (!address.isKnown()) {
            return new Plan(List.of(), obstacles);
        }
        DesiredState desired = Resolver.resolve(snapshot, seen.local());
        Plan plan = plan(desired, protocols, address.address().address(), seen.links(), seen.fib());
        obstacles.addAll(plan.obstacles());
        return new Plan(plan.changes(), obstacles);
    }

    /**
     * What a clean-up would change.
     *
     * @throws KernelException if the kernel cannot be read
     */
    public Plan cleanUpPlan() {
        return plan(
                DesiredState.EMPTY,
                settings.protocols(),
                settings.address().address(),
                kernel.observeLinks(),
                kernel.observeFib());
    }

    private NodeAddress address(Snapshot snapshot, LinkState links, FibState fib) {
        InterfaceAddress expected = NodeAddress.present(settings.address()).expected(settings, snapshot);
        return NodeAddress.observed(settings.addressOrigin(), expected, links, fib.defaultPaths());
    }

    /**
     * What a cycle towards a state that is known already would change.
     *
     * @param protocols the origin marks of our routes and next hops
     * @param address the node's own
     * @param links as just observed
     * @param fib as just observed
     * @throws KernelException if the packet filter or a sysctl cannot be read
     */
    public Plan plan(DesiredState desired, RouteProtocols protocols, Address address, LinkState links, FibState fib) {
        FilterState filterState = filter.observe();
        List<Change> changes = new ArrayList<>();
        List<Obstacle> obstacles = new ArrayList<>();
        LinkState assumed = links;
        Optional<Link> egress =
                Devices.of(settings.tunnelDevice(), address, links).underlay().filter(Link::up);
        changes.addAll(SysctlDiff.of(desired, Devices.of(settings.tunnelDevice(), address, links), sysctls));
        if (desired.tunnel().isPresent()) {
            TunnelDevice tunnel = desired.tunnel().get();
            Difference device = DeviceDiff.setUp(tunnel, links, settings.formerDevices(), egress);
            if (device.changes().stream().anyMatch(Change.CreateTunnel.class::isInstance)) {
                changes.addAll(device.changes());
                assumed = withNew(tunnel, links);
                SysctlDiff.of(desired, Devices.of(settings.tunnelDevice(), address, assumed), sysctls).stream()
                        .filter(change -> !changes.contains(change))
                        .forEach(changes::add);
                device = DeviceDiff.setUp(tunnel, assumed, settings.formerDevices(), egress);
            }
            changes.addAll(device.changes());
            obstacles.addAll(device.obstacles());
        }
        Devices devices = Devices.of(settings.tunnelDevice(), address, assumed);
        // A tunnel that is down is set up above; an underlay that is down is the host's business.
        Devices usable = new Devices(devices.tunnel(), devices.underlay().filter(Link::up), devices.otherTunnels());
        FibPlan plan = FibDiff.of(
                desired.routes(), fib, NextHopIds.of(fib.nextHops(), protocols.current()), usable, protocols, Set.of());
        Set<String> blocked = plan.obstacles().stream().map(Obstacle::subject).collect(Collectors.toSet());
        IntPredicate leaving = row -> protocols.owns(fib.routes().protocol(row))
                && !blocked.contains("route " + fib.routes().prefix(row));
        List<Difference> gone = undesiredNames(desired)
                .map(name -> DeviceDiff.tearDown(name, links, fib.routes(), leaving))
                .toList();
        boolean tunnelStays = desired.tunnel().isPresent()
                || gone.stream().anyMatch(device -> !device.obstacles().isEmpty());
        if (desired.ruleset().isPresent() || !tunnelStays) {
            changes.addAll(FilterDiff.of(
                    desired.ruleset()
                            .map(ruleset -> TunnelRivals.filtered(ruleset.withTunnelFiltered(tunnelStays), devices)),
                    filterState));
        }
        changes.addAll(FirewallDiff.of(
                desired.ruleset()
                        .filter(ruleset -> settings.forwardRules())
                        .map(Ruleset::pools)
                        .orElseGet(Collections::emptySortedSet),
                firewall.observe()));
        changes.addAll(plan.nextHopAdds());
        changes.addAll(plan.routePuts());
        changes.addAll(plan.routeDeletes());
        changes.addAll(plan.nextHopDeletes());
        obstacles.addAll(plan.obstacles());
        gone.forEach(device -> changes.addAll(device.changes()));
        gone.forEach(device -> obstacles.addAll(device.obstacles()));
        return new Plan(changes, obstacles);
    }

    private Stream<String> undesiredNames(DesiredState desired) {
        Stream<String> current = desired.tunnel().isEmpty() ? Stream.of(settings.tunnelDevice()) : Stream.empty();
        return Stream.concat(current, settings.formerDevices().stream().sorted());
    }

    private static LinkState withNew(TunnelDevice tunnel, LinkState links) {
        List<Link> all = new ArrayList<>(links.links());
        Link.Ipip parameters = Link.Ipip.ours(tunnel.local());
        all.add(new Link(0, tunnel.name(), "ipip", false, tunnel.mtu(), Optional.of(parameters), List.of()));
        return new LinkState(all);
    }
}
