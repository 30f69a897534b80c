package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.node.AddressOrigin;
import io.culvert.reconciler.node.NodeSettings;
import java.util.OptionalInt;
import java.util.Set;

/** The node of all stories: n1, 10.0.1.11/24, tunnel device culvert0. */
public final class NodeN1 {

    public static final String NAME = "n1";
    public static final InterfaceAddress ADDRESS = InterfaceAddress.parse("10.0.1.11/24");
    public static final String TUNNEL = "culvert0";

    /** What the tunnel device was called before. */
    public static final Set<String> FORMER_DEVICES = Set.of("former0");

    private NodeN1() {}

    /** With the origin mark 90, and without holding anything for peers. */
    static NodeSettings settings() {
        return settings(AddressOrigin.FIXED, OptionalInt.of(90), Set.of(), 0);
    }

    /** With an origin mark by the FelixConfiguration, and some that the node used before. */
    public static NodeSettings settings(Set<Integer> formerProtocols, long handoverHoldMillis) {
        return settings(AddressOrigin.FIXED, formerProtocols, handoverHoldMillis);
    }

    /** The same with an address that may be a detected one. */
    static NodeSettings settings(AddressOrigin origin, Set<Integer> formerProtocols, long handoverHoldMillis) {
        return settings(origin, OptionalInt.empty(), formerProtocols, handoverHoldMillis);
    }

    private static NodeSettings settings(
            AddressOrigin origin, OptionalInt protocol, Set<Integer> formerProtocols, long handoverHoldMillis) {
        return new NodeSettings(
                NAME,
                ADDRESS,
                origin,
                TUNNEL,
                FORMER_DEVICES,
                OptionalInt.empty(),
                protocol,
                formerProtocols,
                handoverHoldMillis,
                Set.of(),
                true);
    }
}
