package io.culvert.reconciler.node;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The node whose desired state is resolved.
 *
 * @param address where its peers reach it, with the length of its subnet's prefix
 * @param tunnelDevice name of the device that Culvert owns
 * @param tunnelMtu MTU of that device in bytes
 * @param assignedTunnelAddress an address that IPAM has given to this node and that its Node does not name yet: the Node names
 *     it once the device has it, because a device without an address receives nothing under rp_filter
 * @param guarded addresses that no route of ours may cover: gateways, etcd endpoints; node addresses are guarded
 *     anyway
 * @param networks prefixes of the node's other networks, each with the interface that is in it: no route of ours may lead
 *     into them
 */
public record LocalNode(
        String name,
        InterfaceAddress address,
        String tunnelDevice,
        int tunnelMtu,
        Optional<Address> assignedTunnelAddress,
        Set<Address> guarded,
        Map<Prefix, String> networks) {

    public LocalNode {
        guarded = Set.copyOf(guarded);
        networks = Map.copyOf(networks);
    }

    /** A node of which no other network is known. */
    public LocalNode(
            String name,
            InterfaceAddress address,
            String tunnelDevice,
            int tunnelMtu,
            Optional<Address> assignedTunnelAddress,
            Set<Address> guarded) {
        this(name, address, tunnelDevice, tunnelMtu, assignedTunnelAddress, guarded, Map.of());
    }
}
