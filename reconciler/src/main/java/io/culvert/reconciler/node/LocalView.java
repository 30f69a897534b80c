package io.culvert.reconciler.node;

import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.resource.FelixConfiguration;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The node as the resolver needs it: what it was told, completed by what was just observed. Pure. */
public final class LocalView {

    private static final int IPIP_OVERHEAD_BYTES = 20;
    private static final int FALLBACK_MTU_BYTES = 1480;

    private LocalView() {}

    public static LocalNode of(
            NodeSettings settings,
            FelixConfiguration felix,
            Optional<Address> assigned,
            Devices devices,
            RouteTable routes) {
        Set<Address> guarded = new HashSet<>(settings.guarded());
        addDefaultGateways(routes, guarded);
        return new LocalNode(
                settings.nodeName(),
                settings.address(),
                settings.tunnelDevice(),
                mtu(settings, felix).orElseGet(() -> derivedMtu(devices)),
                assigned,
                guarded);
    }

    private static OptionalInt mtu(NodeSettings settings, FelixConfiguration felix) {
        return settings.tunnelMtu().isPresent() ? settings.tunnelMtu() : felix.ipipMtu();
    }

    /** While no device carries the node's address there is nothing to derive from: the tunnel keeps the MTU it has. */
    private static int derivedMtu(Devices devices) {
        return devices.underlay()
                .map(underlay -> underlay.mtu() - IPIP_OVERHEAD_BYTES)
                .or(() -> devices.tunnel().map(Link::mtu))
                .orElse(FALLBACK_MTU_BYTES);
    }

    private static void addDefaultGateways(RouteTable routes, Set<Address> guarded) {
        // The default route's key is 0, so its rows, one per metric, come first.
        for (int row = 0; row < routes.size() && routes.key(row) == 0; row++) {
            Address gateway = routes.gateway(row);
            if (gateway != null) {
                guarded.add(gateway);
            }
        }
    }
}
