package io.culvert.reconciler.node;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import java.util.Optional;
import java.util.Set;

/**
 * The node that is resolved for.
 *
 * @param address where its peers reach it, with the length of its subnet's prefix
 * @param tunnelDevice name of the device that Culvert owns
 * @param tunnelMtu MTU of that device in bytes
 * @param assignedTunnelAddress an address that IPAM has given to this node and that its Node does not name yet: peers are
 *     told of it when the device has it, because a device without an address receives nothing under rp_filter
 * @param guarded addresses that no route of ours may cover: gateways, etcd endpoints; node addresses are guarded without
 *     being named
 */
public record LocalNode(
        String name,
        InterfaceAddress address,
        String tunnelDevice,
        int tunnelMtu,
        Optional<Address> assignedTunnelAddress,
        Set<Address> guarded) {

    public LocalNode {
        guarded = Set.copyOf(guarded);
    }
}
