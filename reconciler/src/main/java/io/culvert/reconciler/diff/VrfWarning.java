package io.culvert.reconciler.diff;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.node.Devices;
import java.util.List;
import java.util.Optional;

/** An underlay in a VRF: the kernel routes what it receives by the VRF's table, and our routes are in the main table. */
public final class VrfWarning {

    /** Devices that contain one another: a port in a bond in a bridge in a VRF. */
    private static final int DEPTH = 8;

    private VrfWarning() {}

    /** Empty if there is no pool, or the underlay is in no VRF. */
    public static List<String> of(DesiredState desired, Devices devices, LinkState links) {
        if (desired.ruleset().isEmpty()) {
            return List.of();
        }
        return devices.underlay()
                .flatMap(underlay -> vrf(underlay, links)
                        .map(vrf -> List.of(underlay.name() + ", which has the node's address, is in VRF " + vrf.name()
                                + ": packets between nodes are routed by that VRF's table, which has no routes to"
                                + " workloads, so they are lost; take it out (ip link set " + underlay.name()
                                + " nomaster), or set --node-address to an address outside the VRF")))
                .orElse(List.of());
    }

    private static Optional<Link> vrf(Link underlay, LinkState links) {
        Optional<Link> link = Optional.of(underlay);
        for (int i = 0; i < DEPTH && link.isPresent() && !link.get().kind().equals("vrf"); i++) {
            int master = link.get().master();
            link = links.indexed(master);
        }
        return link.filter(found -> found.kind().equals("vrf"));
    }
}
