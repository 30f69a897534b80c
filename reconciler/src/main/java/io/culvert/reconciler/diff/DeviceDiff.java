package io.culvert.reconciler.diff;

import io.culvert.reconciler.desired.TunnelDevice;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/** The tunnel device: what it should be against what it is. Pure. */
public final class DeviceDiff {

    private static final Address ANY = new Address(0);

    /** {@code RTPROT_KERNEL}, {@code linux/rtnetlink.h}: what comes and goes with an address. */
    private static final int MADE_BY_KERNEL = 2;

    private DeviceDiff() {}

    /** What makes the device as desired. A device that must be made first gets its address in the look after that. */
    public static Difference setUp(TunnelDevice desired, LinkState actual) {
        Optional<Link> found = actual.named(desired.name());
        if (found.isEmpty()) {
            return create(desired, actual);
        }
        Link link = found.get();
        return link.ipip().isPresent() ? configure(desired, link, link.ipip().get()) : foreign(link);
    }

    /**
     * What removes the device; a device of that name that is no ipip device is not ours. Routes that go through it would go
     * with it, so it stays while there are any.
     *
     * @param leaving rows of routes that will not go through it any more
     */
    public static Difference tearDown(String name, LinkState actual, RouteTable routes, IntPredicate leaving) {
        Optional<Link> device = actual.named(name).filter(link -> link.ipip().isPresent());
        if (device.isEmpty()) {
            return Difference.NONE;
        }
        int index = device.get().index();
        for (int row = 0; row < routes.size(); row++) {
            int mark = routes.protocol(row);
            if (routes.device(row) == index && mark != MADE_BY_KERNEL && !leaving.test(row)) {
                return conflict(
                        name,
                        "it is not needed any more, but the route to " + routes.prefix(row) + " (protocol " + mark
                                + ") goes through it and would go with it");
            }
        }
        return new Difference(List.of(new Change.DeleteLink(index, name)), List.of());
    }

    private static Difference create(TunnelDevice desired, LinkState actual) {
        Optional<Link> rival = actual.links().stream()
                .filter(link -> link.ipip()
                        .filter(ipip -> ipip.local().equals(desired.local())
                                && ipip.remote().equals(ANY))
                        .isPresent())
                .findFirst();
        if (rival.isPresent()) {
            return conflict(
                    desired.name(),
                    "device " + rival.get().name() + " is an ipip device with the same local address " + desired.local()
                            + " and remote any already, and the kernel allows one; remove it");
        }
        return new Difference(
                List.of(new Change.CreateTunnel(desired.name(), desired.local(), desired.mtu())), List.of());
    }

    private static Difference foreign(Link link) {
        String kind = link.kind().isEmpty() ? "not a tunnel" : "of kind " + link.kind();
        return conflict(
                link.name(),
                "a device of that name is there and is " + kind
                        + "; remove it, or choose another name with --tunnel-device");
    }

    private static Difference conflict(String name, String text) {
        return new Difference(List.of(), List.of(new Obstacle("link " + name, FailureClass.CONFLICT, text)));
    }

    private static Difference configure(TunnelDevice desired, Link link, Link.Ipip parameters) {
        List<Change> changes = new ArrayList<>();
        if (!parameters.equals(new Link.Ipip(desired.local(), ANY, true))) {
            changes.add(new Change.SetTunnelParameters(link.index(), link.name(), desired.local()));
        }
        if (link.mtu() != desired.mtu()) {
            changes.add(new Change.SetMtu(link.index(), link.name(), desired.mtu()));
        }
        addAddresses(desired, link, changes);
        if (!link.up()) {
            changes.add(new Change.SetUp(link.index(), link.name()));
        }
        return new Difference(changes, List.of());
    }

    private static void addAddresses(TunnelDevice desired, Link link, List<Change> changes) {
        Optional<InterfaceAddress> wanted = desired.address().map(address -> new InterfaceAddress(address, 32));
        // The wanted one first: a device that loses its last address loses its plain routes too.
        wanted.filter(address -> !link.addresses().contains(address))
                .ifPresent(address -> changes.add(new Change.AddAddress(link.index(), link.name(), address)));
        for (InterfaceAddress address : link.addresses()) {
            if (!wanted.equals(Optional.of(address))) {
                changes.add(new Change.DeleteAddress(link.index(), link.name(), address));
            }
        }
    }
}
