package io.culvert.reconciler.resource;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import java.util.Map;
import java.util.Optional;

/**
 * A Calico Node.
 *
 * @param address {@code spec.bgp.ipv4Address}: where its peers reach it, with the length of its subnet's prefix; empty while
 *     unknown
 * @param tunnelAddress {@code spec.bgp.ipv4IPIPTunnelAddr}, empty while it has none
 */
public record Node(
        String name, Optional<InterfaceAddress> address, Optional<Address> tunnelAddress, Map<String, String> labels) {

    public Node {
        labels = Map.copyOf(labels);
    }
}
