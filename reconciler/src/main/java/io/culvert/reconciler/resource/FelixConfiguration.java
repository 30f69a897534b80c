package io.culvert.reconciler.resource;

import io.culvert.reconciler.net.Prefix;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The settings of a Calico FelixConfiguration that Culvert follows; an empty one is left to the next source. {@code default}
 * applies to all nodes, {@code node.NAME} to one node and takes precedence.
 *
 * @param ipipEnabled {@code false}: no tunnel on the node, even if a pool needs it. {@code true} changes nothing: a node has a
 *     tunnel while a pool needs it (older clients of Calico wrote {@code true} at the first pool and never removed it)
 * @param ipipMtu MTU of the tunnel device in bytes
 * @param externalNodes the list of external nodes: who may send protocol 4 besides the nodes
 * @param deviceRouteProtocol origin mark for routes and next hops, 0 to 255
 * @param natOutgoingExclusions what is never masqueraded
 * @param routeRefreshMillis {@code routeRefreshInterval}: full resync interval; 0 is never
 */
public record FelixConfiguration(
        Optional<Boolean> ipipEnabled,
        OptionalInt ipipMtu,
        Set<Prefix> externalNodes,
        OptionalInt deviceRouteProtocol,
        Optional<NatOutgoingExclusions> natOutgoingExclusions,
        OptionalLong routeRefreshMillis) {

    /** The name of the one that applies to every node. */
    public static final String DEFAULT = "default";

    /** Sets nothing. */
    public static final FelixConfiguration NONE = new FelixConfiguration(
            Optional.empty(),
            OptionalInt.empty(),
            Set.of(),
            OptionalInt.empty(),
            Optional.empty(),
            OptionalLong.empty());

    private static final String OF_NODE = "node.";

    public FelixConfiguration {
        externalNodes = Set.copyOf(externalNodes);
    }

    /** {@code spec.natOutgoingExclusions}: destinations that workloads reach with their own address. */
    public enum NatOutgoingExclusions {
        IP_POOLS_ONLY,
        IP_POOLS_AND_HOST_IPS
    }

    /** The name of the one that applies to one node. */
    static String nameFor(String node) {
        return OF_NODE + node;
    }

    /** Whether one of that name applies to all nodes or to one; Culvert ignores the others. */
    public static boolean applies(String name) {
        return name.equals(DEFAULT) || name.startsWith(OF_NODE);
    }

    /** Whether the node may have a tunnel. */
    public boolean tunnelAllowed() {
        return ipipEnabled.orElse(true);
    }

    /** This one's settings, and the other's where this one sets nothing. */
    public FelixConfiguration before(FelixConfiguration other) {
        return new FelixConfiguration(
                ipipEnabled.or(other::ipipEnabled),
                ipipMtu.isPresent() ? ipipMtu : other.ipipMtu,
                externalNodes.isEmpty() ? other.externalNodes : externalNodes,
                deviceRouteProtocol.isPresent() ? deviceRouteProtocol : other.deviceRouteProtocol,
                natOutgoingExclusions.or(other::natOutgoingExclusions),
                routeRefreshMillis.isPresent() ? routeRefreshMillis : other.routeRefreshMillis);
    }
}
