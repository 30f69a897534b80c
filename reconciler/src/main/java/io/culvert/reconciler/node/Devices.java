package io.culvert.reconciler.node;

import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.net.Address;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The two devices that routes go through, as just observed.
 *
 * @param tunnel our ipip device, empty if it is not there or is not ours
 * @param underlay the device that carries the node's address
 */
public record Devices(Optional<Link> tunnel, Optional<Link> underlay) {

    public static Devices of(String tunnelDevice, Address nodeAddress, LinkState links) {
        return new Devices(
                links.named(tunnelDevice).filter(link -> link.ipip().isPresent()), links.carrying(nodeAddress));
    }

    /** Of the tunnel device, in bytes. */
    public OptionalInt tunnelMtu() {
        return tunnel.map(Link::mtu).map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    /** Those that routes can go through. */
    public Devices up() {
        return new Devices(tunnel.filter(Link::up), underlay.filter(Link::up));
    }
}
