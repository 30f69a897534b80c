package io.culvert.reconciler.node;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.resource.FelixConfiguration;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How the reconciler of a node is configured.
 *
 * @param address the node address with the length of its subnet's prefix, as known at the start
 * @param addressOrigin whether it stays that one
 * @param tunnelMtu MTU of the tunnel device in bytes; empty leaves it to the FelixConfiguration, and in the end to the underlay:
 *     its own minus 20 (RFC 2003: the outer header)
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
        OptionalInt tunnelMtu,
        OptionalInt routeProtocol,
        Set<Integer> formerProtocols,
        long handoverHoldMillis,
        Set<Address> guarded,
        boolean forwardRules) {

    public NodeSettings {
        formerProtocols = Set.copyOf(formerProtocols);
        guarded = Set.copyOf(guarded);
    }

    /** With a fixed address. */
    public NodeSettings(
            String nodeName,
            InterfaceAddress address,
            String tunnelDevice,
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
