package io.culvert.reconciler.node;

import io.culvert.reconciler.kernel.DefaultPath;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.FelixConfiguration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The node as the resolver needs it: its settings, completed by what was just observed. Pure. */
public final class LocalView {

    private static final int IPIP_OVERHEAD_BYTES = 20;
    private static final int FALLBACK_MTU_BYTES = 1480;

    private LocalView() {}

    public static LocalNode of(
            NodeSettings settings,
            InterfaceAddress address,
            FelixConfiguration felix,
            Optional<Address> assigned,
            LinkState links,
            List<DefaultPath> defaultPaths) {
        Devices devices = Devices.of(settings.tunnelDevice(), address.address(), links);
        Set<Address> guarded = new HashSet<>(settings.guarded());
        defaultPaths.forEach(path -> path.gateway().ifPresent(guarded::add));
        return new LocalNode(
                settings.nodeName(),
                address,
                settings.tunnelDevice(),
                mtu(settings, felix).orElseGet(() -> derivedMtu(devices)),
                assigned,
                guarded,
                otherNetworks(settings, address, links));
    }

    private static OptionalInt mtu(NodeSettings settings, FelixConfiguration felix) {
        return settings.tunnelMtu().isPresent() ? settings.tunnelMtu() : felix.ipipMtu();
    }

    /** While no device carries the node's address there is nothing to derive an MTU from, so the tunnel keeps its own. */
    private static int derivedMtu(Devices devices) {
        return devices.underlay()
                .map(underlay -> underlay.mtu() - IPIP_OVERHEAD_BYTES)
                .or(() -> devices.tunnel().map(Link::mtu))
                .orElse(FALLBACK_MTU_BYTES);
    }

    /** The kernel reaches them over the interface; a route of ours would be more specific, or take the place of theirs. */
    private static Map<Prefix, String> otherNetworks(NodeSettings settings, InterfaceAddress own, LinkState links) {
        Map<Prefix, String> networks = new HashMap<>();
        for (Link link : links.links()) {
            if (link.up() && !link.name().equals(settings.tunnelDevice())) {
                link.addresses().stream()
                        .filter(address -> address.prefixLength() < 32)
                        .map(InterfaceAddress::prefix)
                        .filter(prefix -> !prefix.equals(own.prefix()))
                        .forEach(prefix -> networks.put(prefix, link.name()));
            }
        }
        return networks;
    }
}
