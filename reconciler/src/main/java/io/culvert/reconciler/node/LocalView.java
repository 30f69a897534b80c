package io.culvert.reconciler.node;

import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.Snapshot;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/** The node as the resolver needs it: its settings, completed by what was just observed. Pure. */
public final class LocalView {

    private static final int IPIP_OVERHEAD_BYTES = 20;
    private static final int FALLBACK_MTU_BYTES = 1480;

    /** The largest packet of IPv4. A device with a larger MTU is a loopback: no packet leaves by it. */
    private static final int LARGEST_PACKET_BYTES = 65_535;

    private final NodeSettings settings;
    private final InterfaceAddress own;
    private final Snapshot snapshot;
    private final LinkState links;
    private final FibState fib;
    private final FelixConfiguration felix;

    private LocalView(NodeSettings settings, InterfaceAddress own, Snapshot snapshot, LinkState links, FibState fib) {
        this.settings = settings;
        this.own = own;
        this.snapshot = snapshot;
        this.links = links;
        this.fib = fib;
        this.felix = snapshot.felixFor(settings.nodeName());
    }

    /** @param assigned a tunnel address that IPAM has given to this node and that its Node does not name yet */
    public static LocalNode of(
            NodeSettings settings,
            InterfaceAddress address,
            Snapshot snapshot,
            Optional<Address> assigned,
            LinkState links,
            FibState fib) {
        LocalView view = new LocalView(settings, address, snapshot, links, fib);
        Set<Address> guarded = new HashSet<>(settings.guarded());
        fib.defaultPaths().forEach(path -> path.gateway().ifPresent(guarded::add));
        return new LocalNode(
                settings.nodeName(),
                address,
                settings.tunnelDevice(),
                view.configuredMtu().orElseGet(view::derivedMtu),
                assigned,
                guarded,
                otherNetworks(settings, address, links));
    }

    private OptionalInt configuredMtu() {
        return settings.tunnelMtu().isPresent() ? settings.tunnelMtu() : felix.ipipMtu();
    }

    /** From the devices by which packets to peers leave; the node's address may be on another one. */
    private int derivedMtu() {
        Devices devices = Devices.of(settings.tunnelDevice(), own.address(), links);
        PeerDevices paths = new PeerDevices(fib, settings.protocols(felix));
        IntStream towardsPeers = snapshot.nodes().values().stream()
                .filter(node -> !node.name().equals(settings.nodeName()))
                .flatMap(node -> node.address().stream())
                .map(InterfaceAddress::address)
                .flatMapToInt(address -> paths.towards(address).stream())
                .distinct();
        OptionalInt least = leastMtu(towardsPeers, devices);
        if (least.isEmpty()) {
            least = leastMtu(devices.underlay().stream().mapToInt(Link::index), devices);
        }
        if (least.isEmpty()) {
            least = leastMtu(paths.towards(new Address(0)).stream(), devices);
        }
        // While there is nothing to derive an MTU from, the tunnel keeps its own.
        return least.isPresent()
                ? least.getAsInt() - IPIP_OVERHEAD_BYTES
                : devices.tunnelMtu().orElse(FALLBACK_MTU_BYTES);
    }

    private OptionalInt leastMtu(IntStream indices, Devices devices) {
        return indices.mapToObj(links::indexed)
                .flatMap(Optional::stream)
                .filter(link -> !devices.tunnel().equals(Optional.of(link)))
                .mapToInt(Link::mtu)
                .filter(mtu -> mtu <= LARGEST_PACKET_BYTES)
                .min();
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
