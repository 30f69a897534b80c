package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import java.util.List;
import java.util.Optional;

/** All links of a namespace as observed once. */
public record LinkState(List<Link> links) {

    public LinkState {
        links = List.copyOf(links);
    }

    public Optional<Link> named(String name) {
        return links.stream().filter(link -> link.name().equals(name)).findFirst();
    }

    public Optional<Link> indexed(int index) {
        return links.stream().filter(link -> link.index() == index).findFirst();
    }

    /** The link that carries the address. */
    public Optional<Link> carrying(Address address) {
        return links.stream().filter(link -> link.having(address).isPresent()).findFirst();
    }

    /** The address with its prefix length, if a link carries it. */
    public Optional<InterfaceAddress> having(Address address) {
        return carrying(address).flatMap(link -> link.having(address));
    }
}
