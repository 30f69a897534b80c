package io.culvert.reconciler.diff;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.Devices;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Settings of the host's own devices that lose packets of ours. Culvert names them, and does not change them. */
public final class HostSysctls {

    private static final int STRICT = 1;
    private static final int OFF = 0;

    private final DesiredState desired;
    private final LinkState links;
    private final RouteTable routes;
    private final Devices devices;
    private final RouteProtocols protocols;

    private HostSysctls(
            DesiredState desired, LinkState links, RouteTable routes, Devices devices, RouteProtocols protocols) {
        this.desired = desired;
        this.links = links;
        this.routes = routes;
        this.devices = devices;
        this.protocols = protocols;
    }

    /**
     * Compares the host's settings with what packets need.
     *
     * @param routes those of the main table, own and foreign
     * @param protocols the origin marks of our routes
     */
    public static List<String> warnings(
            DesiredState desired,
            LinkState links,
            RouteTable routes,
            Devices devices,
            RouteProtocols protocols,
            Sysctls actual) {
        HostSysctls host = new HostSysctls(desired, links, routes, devices, protocols);
        List<String> warnings = new ArrayList<>(host.reversePath(actual));
        for (String device : host.ingress()) {
            if (actual.read("net/ipv4/conf/" + device + "/forwarding").orElse(1) == OFF) {
                warnings.add("forwarding is off on " + device
                        + ": packets that arrive there and go on to workloads or peers are dropped; run "
                        + "'sysctl -w net/ipv4/conf/" + device + "/forwarding=1'");
            }
        }
        return warnings;
    }

    private List<String> reversePath(Sysctls actual) {
        if (desired.tunnel().isEmpty()) {
            return List.of();
        }
        return devices.underlay()
                .filter(underlay -> isStrict(underlay.name(), actual))
                .map(underlay -> List.of("rp_filter is strict on " + underlay.name()
                        + ": packets are lost while a mode change reaches the nodes one by one; set net.ipv4.conf."
                        + underlay.name() + ".rp_filter=2"))
                .orElse(List.of());
    }

    /** By the effective value: the kernel takes the greater of the two (kernel documentation, ip-sysctl, rp_filter). */
    static boolean isStrict(String device, Sysctls actual) {
        int all = actual.read("net/ipv4/conf/all/rp_filter").orElse(0);
        int own = actual.read("net/ipv4/conf/" + device + "/rp_filter").orElse(0);
        return Math.max(all, own) == STRICT;
    }

    /** The devices, other than the tunnel, where packets arrive that this node forwards. */
    private Set<String> ingress() {
        Set<String> names = new TreeSet<>();
        if (routesDirectly()) {
            devices.underlay().filter(Link::up).map(Link::name).ifPresent(names::add);
        }
        if (desired.ruleset().filter(rules -> !rules.natPools().isEmpty()).isPresent()) {
            addGatewayDevices(names);
        }
        addWorkloadDevices(names);
        return names;
    }

    private boolean routesDirectly() {
        List<Via> vias = desired.routes().vias();
        boolean[] used = desired.routes().used();
        for (int number = 0; number < used.length; number++) {
            if (used[number] && vias.get(number).encapsulation() == Encapsulation.NONE) {
                return true;
            }
        }
        return false;
    }

    /** Where answers to masqueraded packets arrive. */
    private void addGatewayDevices(Set<String> names) {
        for (int row = 0; row < routes.size(); row++) {
            if (routes.gateway(row) != null && !protocols.owns(routes.protocol(row))) {
                addDevice(row, names);
            }
        }
    }

    private void addWorkloadDevices(Set<String> names) {
        DesiredRoutes wanted = desired.routes();
        for (int own = 0; own < wanted.size(); own++) {
            if (wanted.via(own) == null) {
                addDevicesWithin(wanted.prefix(own), names);
            }
        }
    }

    private void addDevicesWithin(Prefix block, Set<String> names) {
        for (int row = routes.firstAtOrAfter(block.key());
                row < routes.size() && block.contains(routes.prefix(row));
                row++) {
            if (!protocols.owns(routes.protocol(row))) {
                addDevice(row, names);
            }
        }
    }

    private void addDevice(int row, Set<String> names) {
        Optional<Link> link = links.indexed(routes.device(row)).filter(Link::up);
        link.map(Link::name).ifPresent(names::add);
    }
}
