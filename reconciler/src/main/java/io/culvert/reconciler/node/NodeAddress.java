package io.culvert.reconciler.node;

import io.culvert.reconciler.kernel.DefaultPath;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.List;
import java.util.Optional;

/**
 * The node's address as observed.
 *
 * @param address with the length of its subnet's prefix; the last known one while no interface has it
 * @param fault why peers cannot reach the node by it, and what to do; empty if an interface has it
 */
public record NodeAddress(InterfaceAddress address, Optional<String> fault) {

    private static final InterfaceAddress NONE = new InterfaceAddress(new Address(0), 32);

    /** Before anything is known. */
    public static final NodeAddress UNKNOWN = new NodeAddress(NONE, Optional.of(unregistered()));

    /** One that an interface has. */
    public static NodeAddress present(InterfaceAddress address) {
        return new NodeAddress(address, Optional.empty());
    }

    /** Whether an interface of this machine has it. */
    public boolean isPresent() {
        return fault.isEmpty();
    }

    /** Whether there is an address at all, here or elsewhere. */
    public boolean isKnown() {
        return !address.equals(NONE);
    }

    /** {@code address/length}; empty if it is unknown. */
    @Override
    public String toString() {
        return isKnown() ? address.toString() : "";
    }

    /** The address that the next observation has to judge. */
    public InterfaceAddress expected(NodeSettings settings, Snapshot snapshot) {
        if (settings.addressOrigin() != AddressOrigin.REGISTERED) {
            return address;
        }
        Node self = snapshot.nodes().get(settings.nodeName());
        return self == null ? NONE : self.address().orElse(NONE);
    }

    /**
     * The address after an observation.
     *
     * @param known the address so far
     */
    public static NodeAddress observed(
            AddressOrigin origin, InterfaceAddress known, LinkState links, List<DefaultPath> defaultPaths) {
        // As an interface has it now: its prefix may have changed.
        Optional<InterfaceAddress> here = links.having(known.address());
        return switch (origin) {
            case FIXED -> here.isPresent() ? present(known) : new NodeAddress(known, Optional.of(fixedFault(known)));
            case DETECTED ->
                here.or(() -> AddressDetection.detect(links, defaultPaths))
                        .map(NodeAddress::present)
                        .orElseGet(() -> new NodeAddress(known, Optional.of(detectedFault(known))));
            case REGISTERED ->
                known.equals(NONE)
                        ? UNKNOWN
                        : here.map(local -> present(known.prefixLength() < 32 ? known : local))
                                .orElseGet(() -> new NodeAddress(known, Optional.of(registeredFault())));
        };
    }

    private static String fixedFault(InterfaceAddress address) {
        return "no interface has it, so peers cannot reach this node; add it (ip address add " + address
                + " dev DEVICE), or correct --node-address (IP)";
    }

    private static String unregistered() {
        return "IP=none leaves it to the Node in etcd, which has none; write spec.bgp.ipv4Address, or let the agent detect it"
                + " (IP=autodetect)";
    }

    private static String registeredFault() {
        return "the Node in etcd names it, but no interface has it, so peers cannot reach this node; correct"
                + " spec.bgp.ipv4Address, or let the agent detect it (IP=autodetect)";
    }

    private static String detectedFault(InterfaceAddress address) {
        return "it has left this machine, and no default route leads to another one, so peers cannot reach this node;"
                + " add it again (ip address add " + address
                + " dev DEVICE), add a default route, or set --node-address";
    }
}
