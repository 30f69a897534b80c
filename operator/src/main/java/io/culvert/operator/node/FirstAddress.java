package io.culvert.operator.node;

import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.reconcile.FatalException;
import java.util.Optional;

/** Finds the address by which a node's peers reach it. */
final class NodeAddress {

    private NodeAddress() {}

    /**
     * The given address, or else the first one on the interface of the default route with the lowest metric.
     *
     * @param given a /32 gets the prefix length that a local interface has for it
     * @throws FatalException if there is none, or the given one is on no interface; the message says what to do
     */
    static InterfaceAddress of(Optional<InterfaceAddress> given, Kernel kernel) {
        LinkState links = kernel.observeLinks();
        return given.map(address -> completed(address, links))
                .orElseGet(() -> onDefaultRoute(links, kernel.observeFib().routes()));
    }

    private static InterfaceAddress completed(InterfaceAddress given, LinkState links) {
        if (given.prefixLength() < 32) {
            return given;
        }
        Address address = given.address();
        return links.carrying(address).stream()
                .flatMap(link -> link.addresses().stream())
                .filter(candidate -> candidate.address().equals(address))
                .findFirst()
                .orElseThrow(() -> new FatalException("--node-address " + address
                        + " has no prefix length and is on no interface; write it with its length, such as " + address
                        + "/24"));
    }

    private static InterfaceAddress onDefaultRoute(LinkState links, RouteTable routes) {
        for (int row = 0; row < routes.size() && routes.key(row) == 0; row++) {
            Optional<InterfaceAddress> address = links.indexed(routes.device(row))
                    .map(Link::addresses)
                    .flatMap(addresses -> addresses.stream().findFirst());
            if (address.isPresent()) {
                return address.get();
            }
        }
        throw new FatalException(
                "there is no default route whose interface has an IPv4 address; name the node's address"
                        + " with --node-address, such as 10.0.1.11/24");
    }
}
