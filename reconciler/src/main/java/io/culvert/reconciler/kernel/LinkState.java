package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Address;
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
        return links.stream()
                .filter(link ->
                        link.addresses().stream().anyMatch(a -> a.address().equals(address)))
                .findFirst();
    }
}
