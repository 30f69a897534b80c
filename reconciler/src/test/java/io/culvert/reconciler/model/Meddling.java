package io.culvert.reconciler.model;

import io.culvert.reconciler.kernel.FakeKernel.Route;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.PacketFilter.Dropped;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What others do to a node's kernel, written as lines. A line whose object does not exist does nothing, so that a story stays
 * playable when lines are left out.
 *
 * <pre>
 * kernel del-route PREFIX            somebody deletes our route
 * kernel foreign-route PREFIX        ... puts his own in its place, or where there is none
 * kernel borrow-nexthop PREFIX N     ... and lets it use our N-th next hop
 * kernel add-route PREFIX            ... puts his own where there is none
 * kernel foreign-metric PREFIX METRIC ... puts his own with that metric
 * kernel no-foreign PREFIX           ... takes his own away again
 * kernel stale-route PREFIX METRIC   a blackhole with our mark
 * kernel gateway ADDRESS|-           another default gateway, or none
 * kernel del-nexthop N               our N-th next hop
 * kernel take-nexthop N              our N-th next hop becomes a foreign one that leads elsewhere
 * kernel foreign-nexthop ID          with an id of those that we choose from
 * kernel stale-nexthop ID ADDRESS    with our mark, over eth0
 * kernel no-nexthop ID               whoever made it
 * kernel down|up|del-link DEVICE
 * kernel rename DEVICE NAME
 * kernel mtu DEVICE BYTES
 * kernel addresses DEVICE [ADDRESS…] instead of those it has
 * kernel move-address FROM TO        the node's address moves to another device
 * kernel add-link NAME KIND [LOCAL]
 * kernel sysctl NAME VALUE
 * kernel flush-table|edit-table
 * </pre>
 */
final class Meddling {

    /** {@code rtm_protocol} of a routing daemon, and of one that likes next-hop objects. */
    private static final int STRANGER = 17;

    private static final int FRR = 11;

    private static final Address SOMEWHERE = Address.parse("10.0.1.200");
    private static final Prefix DEFAULT = Prefix.parse("0.0.0.0/0");

    private final Host host;
    private final Model model;

    Meddling(Host host, Model model) {
        this.host = host;
        this.model = model;
    }

    /** What the kernel announces of such a line. Sysctls change without an event. */
    static Announced announced(List<String> words) {
        return switch (words.get(1)) {
            case "del-route" -> Announced.lost(Prefix.parse(words.get(2)));
            case "foreign-route",
                    "add-route",
                    "borrow-nexthop",
                    "foreign-metric",
                    "no-foreign",
                    "stale-route",
                    "gateway" -> Announced.of(KernelTable.ROUTE);
            case "del-nexthop", "take-nexthop", "foreign-nexthop", "stale-nexthop", "no-nexthop" ->
                Announced.of(KernelTable.NEXTHOP);
            case "addresses" -> Announced.of(KernelTable.ADDRESS);
            case "move-address" -> Announced.of(KernelTable.ADDRESS, KernelTable.LINK);
            case "sysctl" -> Announced.NOTHING;
            case "flush-table", "edit-table" -> Announced.of(KernelTable.RULESET);
            default -> Announced.of(KernelTable.LINK);
        };
    }

    void carryOut(List<String> words) {
        Sight sight = model.sight();
        String object = words.size() > 2 ? words.get(2) : "";
        switch (words.get(1)) {
            case "del-route" ->
                sight.ownRoutes().stream()
                        .filter(route -> route.prefix().toString().equals(object))
                        .findFirst()
                        .ifPresent(host::deleteRoute);
            case "foreign-route" -> host.putRoute(blackhole(Prefix.parse(object), 0, STRANGER));
            case "add-route" -> {
                if (sight.routes().stream()
                        .noneMatch(route -> route.prefix().toString().equals(object) && route.metric() == 0)) {
                    host.putRoute(blackhole(Prefix.parse(object), 0, STRANGER));
                }
            }
            case "borrow-nexthop" ->
                ownNextHop(sight, words.get(3)).ifPresent(nextHop -> borrow(Prefix.parse(object), nextHop));
            case "foreign-metric" ->
                host.putRoute(blackhole(Prefix.parse(object), Integer.parseUnsignedInt(words.get(3)), STRANGER));
            case "no-foreign" ->
                sight.foreignRoutes().stream()
                        .filter(route -> route.prefix().toString().equals(object))
                        .forEach(host::deleteRoute);
            case "stale-route" -> putStale(sight, Prefix.parse(object), Integer.parseUnsignedInt(words.get(3)));
            case "gateway" -> changeGateway(sight, object);
            case "del-nexthop" -> ownNextHop(sight, object).ifPresent(nextHop -> host.deleteNextHop(nextHop.id()));
            case "take-nexthop" ->
                ownNextHop(sight, object)
                        .ifPresent(nextHop -> host.putNextHop(
                                new NextHop(nextHop.id(), Optional.of(SOMEWHERE), nextHop.device(), true, FRR)));
            case "foreign-nexthop" -> addNextHop(sight, Integer.parseInt(object), SOMEWHERE, FRR);
            case "stale-nexthop" ->
                addNextHop(sight, Integer.parseInt(object), Address.parse(words.get(3)), model.currentMark());
            case "no-nexthop" ->
                sight.fib().nextHops().stream()
                        .filter(nextHop -> nextHop.id() == Integer.parseInt(object))
                        .forEach(nextHop -> host.deleteNextHop(nextHop.id()));
            case "sysctl" -> host.setSysctl(object, Integer.parseInt(words.get(3)));
            case "flush-table" -> host.setFilter(FilterState.ABSENT);
            case "edit-table" ->
                host.setFilter(new FilterState(
                        host.filter().observe().ruleset(),
                        List.of("chain postrouting lacks its rule"),
                        Dropped.NOTHING));
            default -> onLink(words, sight);
        }
    }

    private void onLink(List<String> words, Sight sight) {
        Optional<Link> found = sight.links().named(words.get(2));
        if (words.get(1).equals("add-link")) {
            addLink(words, sight);
            return;
        }
        if (found.isEmpty()) {
            return;
        }
        Link link = found.get();
        switch (words.get(1)) {
            case "down" -> change(link, link.name(), false, link.mtu(), link.addresses());
            case "up" -> change(link, link.name(), true, link.mtu(), link.addresses());
            case "mtu" -> change(link, link.name(), link.up(), Integer.parseInt(words.get(3)), link.addresses());
            case "rename" -> {
                if (sight.links().named(words.get(3)).isEmpty()) {
                    change(link, words.get(3), link.up(), link.mtu(), link.addresses());
                }
            }
            case "addresses" ->
                change(
                        link,
                        link.name(),
                        link.up(),
                        link.mtu(),
                        words.stream().skip(3).map(InterfaceAddress::parse).toList());
            case "move-address" ->
                sight.links().named(words.get(3)).ifPresent(to -> {
                    List<InterfaceAddress> both = Stream.concat(to.addresses().stream(), link.addresses().stream())
                            .distinct()
                            .toList();
                    change(link, link.name(), link.up(), link.mtu(), List.of());
                    change(to, to.name(), to.up(), to.mtu(), both);
                });
            case "del-link" -> host.deleteLink(link);
            default -> throw new IllegalArgumentException("no such meddling: " + words);
        }
    }

    private void change(Link link, String name, boolean up, int mtu, List<InterfaceAddress> addresses) {
        host.changeLink(link, new Link(link.index(), name, link.kind(), up, mtu, link.ipip(), addresses));
    }

    /** The kernel allows one ipip device for a local address with remote any. */
    private void addLink(List<String> words, Sight sight) {
        Optional<Link.Ipip> parameters =
                words.size() > 4 ? Optional.of(Link.Ipip.ours(Address.parse(words.get(4)))) : Optional.empty();
        boolean taken = sight.links().named(words.get(2)).isPresent()
                || parameters.isPresent()
                        && sight.links().links().stream()
                                .anyMatch(link -> link.ipip().isPresent());
        if (!taken) {
            host.addLink(new Link(0, words.get(2), words.get(3), true, 1480, parameters, List.of()));
        }
    }

    private static Route blackhole(Prefix prefix, int metric, int protocol) {
        return new Route(prefix, metric, 0, Optional.empty(), 0, RouteTable.BLACKHOLE, protocol);
    }

    private void borrow(Prefix prefix, NextHop nextHop) {
        host.putRoute(
                new Route(prefix, 0, nextHop.id(), nextHop.gateway(), nextHop.device(), RouteTable.UNICAST, STRANGER));
    }

    /** Nobody forges our mark on a route of somebody else. */
    private void putStale(Sight sight, Prefix prefix, int metric) {
        boolean foreign = sight.foreignRoutes().stream()
                .anyMatch(route -> route.prefix().equals(prefix) && route.metric() == metric);
        if (!foreign) {
            host.putRoute(blackhole(prefix, metric, model.currentMark()));
        }
    }

    private void changeGateway(Sight sight, String address) {
        sight.foreignRoutes().stream()
                .filter(route -> route.prefix().equals(DEFAULT))
                .forEach(host::deleteRoute);
        Optional<Link> eth0 = sight.links().named("eth0").filter(Link::up);
        if (!address.equals("-") && eth0.isPresent()) {
            host.putRoute(new Route(
                    DEFAULT,
                    0,
                    0,
                    Optional.of(Address.parse(address)),
                    eth0.get().index(),
                    RouteTable.UNICAST,
                    3));
        }
    }

    private static Optional<NextHop> ownNextHop(Sight sight, String number) {
        List<NextHop> own = sight.ownNextHops();
        return own.isEmpty() ? Optional.empty() : Optional.of(own.get(Integer.parseInt(number) % own.size()));
    }

    private void addNextHop(Sight sight, int id, Address gateway, int protocol) {
        boolean taken = sight.fib().nextHops().stream().anyMatch(nextHop -> nextHop.id() == id);
        Optional<Link> eth0 = sight.links().named("eth0").filter(Link::up);
        if (!taken && eth0.isPresent()) {
            host.putNextHop(new NextHop(id, Optional.of(gateway), eth0.get().index(), true, protocol));
        }
    }
}
