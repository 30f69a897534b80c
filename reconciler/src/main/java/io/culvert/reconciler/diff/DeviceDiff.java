package io.culvert.reconciler.diff;

import io.culvert.reconciler.desired.TunnelDevice;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.InterfaceAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/** The tunnel device: desired against actual. Pure. */
public final class DeviceDiff {

    /** {@code RTPROT_KERNEL}, {@code linux/rtnetlink.h}: routes that come and go with an address. */
    private static final int MADE_BY_KERNEL = 2;

    private DeviceDiff() {}

    /**
     * What makes the device as desired. A device that has to be created gets its address after the next observation.
     *
     * @param former names that our device had before
     * @param egress the device that packets to peers leave by
     */
    public static Difference setUp(TunnelDevice desired, LinkState actual, Set<String> former, Optional<Link> egress) {
        Optional<Link> found = actual.named(desired.name());
        if (found.isEmpty()) {
            return create(desired, actual, former, egress);
        }
        Link link = found.get();
        return link.ipip().isPresent() ? configure(desired, link, link.ipip().get()) : foreign(link);
    }

    /**
     * What removes the device. A device of that name that is not ipip is not ours. The device stays while routes use it, because
     * they would be deleted with it.
     *
     * @param leaving rows of routes that are about to leave it
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
                        "no longer needed, but kept: the route to " + routes.prefix(row) + " (protocol " + mark
                                + ") uses it and would be deleted with it; remove that route");
            }
        }
        return new Difference(List.of(new Change.DeleteLink(index, name)), List.of());
    }

    private static Difference create(
            TunnelDevice desired, LinkState actual, Set<String> former, Optional<Link> egress) {
        Change create = new Change.CreateTunnel(desired.name(), desired.local(), desired.mtu());
        Optional<Link> rival = actual.links().stream()
                .filter(link ->
                        link.ipip().filter(ipip -> excludes(ipip, desired)).isPresent())
                .findFirst();
        if (rival.isEmpty()) {
            return new Difference(List.of(create), List.of());
        }
        Link other = rival.get();
        if (former.contains(other.name()) && egress.isPresent()) {
            // The kernel allows a second one beside it then, so it carries packets until the new one does.
            Link lower = egress.get();
            return new Difference(
                    List.of(
                            new Change.BindTunnel(
                                    other.index(), other.name(), desired.local(), lower.index(), lower.name()),
                            create),
                    List.of());
        }
        return conflict(
                desired.name(),
                "cannot be created: " + other.name() + " is an ipip device with the same local address "
                        + desired.local() + " and remote any, and the kernel allows only one; remove it");
    }

    private static boolean excludes(Link.Ipip ipip, TunnelDevice desired) {
        return ipip.local().equals(desired.local()) && ipip.toAnyPeer() && ipip.lower() == 0;
    }

    private static Difference foreign(Link link) {
        String kind = link.kind().isEmpty() ? "not a tunnel" : "of kind " + link.kind();
        return conflict(
                link.name(),
                "a foreign device has this name and is " + kind
                        + "; remove it, or choose another name with --tunnel-device");
    }

    private static Difference conflict(String name, String text) {
        return new Difference(List.of(), List.of(new Obstacle("link " + name, FailureClass.CONFLICT, text)));
    }

    private static Difference configure(TunnelDevice desired, Link link, Link.Ipip parameters) {
        List<Change> changes = new ArrayList<>();
        if (!parameters.equals(Link.Ipip.ours(desired.local()))) {
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
        Optional<InterfaceAddress> desiredAddress = desired.address().map(address -> new InterfaceAddress(address, 32));
        // Add first: a device that loses its last address loses its plain routes too.
        desiredAddress
                .filter(address -> !link.addresses().contains(address))
                .ifPresent(address -> changes.add(new Change.AddAddress(link.index(), link.name(), address)));
        for (InterfaceAddress address : link.addresses()) {
            if (!desiredAddress.equals(Optional.of(address))) {
                changes.add(new Change.DeleteAddress(link.index(), link.name(), address));
            }
        }
    }
}
