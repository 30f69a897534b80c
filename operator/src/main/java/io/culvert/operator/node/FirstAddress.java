package io.culvert.operator.node;

import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.node.AddressDetection;
import io.culvert.reconciler.node.AddressOrigin;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.reconcile.FatalException;
import java.util.List;

/** Finds the address by which a node's peers reach it, when the agent starts. */
final class FirstAddress {

    private FirstAddress() {}

    /**
     * The given address, the one that {@link AddressDetection} finds, or none as long as etcd has not been read.
     *
     * @throws FatalException if there is none, or the given one has no length and is on no interface; the message says what to
     *     do
     */
    static NodeAddress of(AgentConfig config, Kernel kernel) {
        LinkState links = kernel.observeLinks();
        return switch (config.addressOrigin()) {
            case FIXED -> fixed(completed(config.address().orElseThrow(), links), links);
            case DETECTED -> detected(links, kernel);
            case REGISTERED -> NodeAddress.UNKNOWN;
        };
    }

    private static NodeAddress fixed(InterfaceAddress given, LinkState links) {
        return NodeAddress.observed(AddressOrigin.FIXED, given, links, List.of());
    }

    private static InterfaceAddress completed(InterfaceAddress given, LinkState links) {
        if (given.prefixLength() < 32) {
            return given;
        }
        Address address = given.address();
        return links.having(address)
                .orElseThrow(() -> new FatalException("--node-address " + address
                        + " has no prefix length and is on no interface; write it with its length, such as " + address
                        + "/24"));
    }

    private static NodeAddress detected(LinkState links, Kernel kernel) {
        return AddressDetection.detect(links, kernel.observeFib().defaultPaths())
                .map(NodeAddress::present)
                .orElseThrow(() -> new FatalException(
                        "there is no default route whose interface has an IPv4 address; name the node's address"
                                + " with --node-address, such as 10.0.1.11/24"));
    }
}
