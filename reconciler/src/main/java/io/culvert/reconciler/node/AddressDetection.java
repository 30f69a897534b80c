package io.culvert.reconciler.node;

import io.culvert.reconciler.kernel.DefaultPath;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Detects the address by which a node's peers reach it, as the kernel chooses a source. Pure. */
public final class AddressDetection {

    private static final Predicate<InterfaceAddress> IN_A_SUBNET = address -> address.prefixLength() < 32;

    private AddressDetection() {}

    /**
     * The address that goes with the first default path that has one: the route's preferred source, else the interface's
     * address whose prefix holds the gateway, else its first one. A /32 beside an address with a subnet is a virtual
     * address, which another machine may have next, so it is never chosen.
     */
    public static Optional<InterfaceAddress> detect(LinkState links, List<DefaultPath> paths) {
        return paths.stream().flatMap(path -> along(path, links).stream()).findFirst();
    }

    private static Optional<InterfaceAddress> along(DefaultPath path, LinkState links) {
        return path.source()
                .flatMap(source -> preferred(source, path, links))
                .or(() -> links.indexed(path.device()).flatMap(link -> onLink(link, path)));
    }

    private static Optional<InterfaceAddress> preferred(Address source, DefaultPath path, LinkState links) {
        return links.carrying(source)
                .flatMap(link -> link.having(source)
                        .filter(address -> IN_A_SUBNET.test(address)
                                || inSubnet(link, path).isEmpty()));
    }

    private static Optional<InterfaceAddress> onLink(Link link, DefaultPath path) {
        return inSubnet(link, path).or(() -> link.addresses().stream().findFirst());
    }

    /** The kernel lists the primary address of a prefix before its secondary ones. */
    private static Optional<InterfaceAddress> inSubnet(Link link, DefaultPath path) {
        return first(
                        link,
                        IN_A_SUBNET.and(address -> path.gateway()
                                .filter(address.prefix()::contains)
                                .isPresent()))
                .or(() -> first(link, IN_A_SUBNET));
    }

    private static Optional<InterfaceAddress> first(Link link, Predicate<InterfaceAddress> wanted) {
        return link.addresses().stream().filter(wanted).findFirst();
    }
}
