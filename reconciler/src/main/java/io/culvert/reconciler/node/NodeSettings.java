package io.culvert.reconciler.node;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.resource.FelixConfiguration;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the reconciler of a node is configured.
 *
 * @param address the node address with the length of its subnet's prefix, as known at the start
 * @param addressOrigin whether it stays that one
 * @param formerDevices names that this node's agents gave their tunnel device before: ipip devices with these are ours too
 * @param tunnelMtu MTU of the tunnel device in bytes; empty leaves it to the FelixConfiguration, and in the end to the devices by
 *     which packets to peers leave: the least of theirs minus 20 (RFC 2003: the outer header)
 * @param routeProtocol origin mark of our routes and next hops, 1 to 255; empty leaves it to the FelixConfiguration, and in the
 *     end to {@link RouteProtocols#DEFAULT}
 * @param formerProtocols marks that this node's agents used before: objects with these are ours too
 * @param handoverHoldMillis how long to keep what peers may still need while they follow a mode change: the direct route to a
 *     peer whose tunnel is not ready, the tunnel device that peers may still send to; 0 when no later cycle will come
 * @param guarded addresses that no route may cover, besides gateways and node addresses
 * @param forwardRules whether pools' traffic is accepted where iptables' FORWARD chain drops the rest
 */
public record NodeSettings(
        String nodeName,
        InterfaceAddress address,
        AddressOrigin addressOrigin,
        String tunnelDevice,
        Set<String> formerDevices,
        OptionalInt tunnelMtu,
        OptionalInt routeProtocol,
        Set<Integer> formerProtocols,
        long handoverHoldMillis,
        Set<Address> guarded,
        boolean forwardRules) {

    public NodeSettings {
        formerDevices = formerDevices.stream()
                .filter(name -> !name.equals(tunnelDevice))
                .collect(Collectors.toUnmodifiableSet());
        formerProtocols = Set.copyOf(formerProtocols);
        guarded = Set.copyOf(guarded);
    }

    /** With a fixed address. */
    public NodeSettings(
            String nodeName,
            InterfaceAddress address,
            String tunnelDevice,
            Set<String> formerDevices,
            OptionalInt tunnelMtu,
            OptionalInt routeProtocol,
            Set<Integer> formerProtocols,
            long handoverHoldMillis,
            Set<Address> guarded,
            boolean forwardRules) {
        this(
                nodeName,
                address,
                AddressOrigin.FIXED,
                tunnelDevice,
                formerDevices,
                tunnelMtu,
                routeProtocol,
                formerProtocols,
                handoverHoldMillis,
                guarded,
                forwardRules);
    }

    /** The origin marks of this node's objects while no snapshot is known. */
    public RouteProtocols protocols() {
        return new RouteProtocols(routeProtocol.orElse(RouteProtocols.DEFAULT), formerProtocols);
    }

    /** The origin marks of this node's objects under that configuration. */
    public RouteProtocols protocols(FelixConfiguration felix) {
        return protocols().using(RouteProtocols.inUse(routeProtocol, felix));
    }
}
