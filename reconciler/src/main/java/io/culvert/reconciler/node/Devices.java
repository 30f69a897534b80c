package io.culvert.reconciler.node;

import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.net.Address;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The devices that matter to our packets, as just observed.
 *
 * @param tunnel our ipip device, empty if it does not exist or is not ours
 * @param underlay the device that carries the node's address
 * @param otherTunnels ipip devices of others that are up and receive packets to the node's address before ours does
 */
public record Devices(Optional<Link> tunnel, Optional<Link> underlay, List<Link> otherTunnels) {

    private static final Address ANY = new Address(0);

    public Devices {
        otherTunnels = List.copyOf(otherTunnels);
    }

    public static Devices of(String tunnelDevice, Address nodeAddress, LinkState links) {
        List<Link> others = links.links().stream()
                .filter(link -> link.up() && !link.name().equals(tunnelDevice))
                .filter(link -> link.ipip()
                        .filter(ipip -> goesBeforeOurs(ipip, nodeAddress))
                        .isPresent())
                .toList();
        return new Devices(
                links.named(tunnelDevice).filter(link -> link.ipip().isPresent()), links.carrying(nodeAddress), others);
    }

    /**
     * The kernel prefers the device with the sender as its remote, whether its local address is the node's or any. After that, it
     * prefers one that is bound to the device where the packet arrives.
     */
    private static boolean goesBeforeOurs(Link.Ipip ipip, Address nodeAddress) {
        return ipip.toAnyPeer()
                ? ipip.local().equals(nodeAddress) && ipip.lower() != 0
                : ipip.local().equals(nodeAddress) || ipip.local().equals(ANY);
    }

    /** Of the tunnel device, in bytes. */
    public OptionalInt tunnelMtu() {
        return tunnel.map(Link::mtu).map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    /** Those that routes can use now. */
    public Devices up() {
        return new Devices(tunnel.filter(Link::up), underlay.filter(Link::up), otherTunnels);
    }
}
