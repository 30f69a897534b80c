package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * The kernel's semantics in memory, as far as the ports show them: keys of routes, next hops that take their routes with
 * them, links that drop what goes through them. Passes the same contract as Linux. Errors can be injected per change.
 */
public final class FakeKernel implements Kernel, PacketFilter, Sysctls {

    /** A route as {@code ip route} would show it. */
    public record Route(
            Prefix prefix, int metric, int nextHop, Optional<Address> gateway, int device, int type, int protocol) {

        /** A row of a table. */
        public static Route of(RouteTable table, int row) {
            return new Route(
                    table.prefix(row),
                    table.metric(row),
                    table.nextHop(row),
                    Optional.ofNullable(table.gateway(row)),
                    table.device(row),
                    table.type(row),
                    table.protocol(row));
        }
    }

    /** A flow as connection tracking has it. */
    public record Flow(Address source, Address destination, boolean translated) {}

    private record RouteKey(Prefix prefix, int metric) implements Comparable<RouteKey> {
        private static final Comparator<RouteKey> ORDER =
                Comparator.comparing(RouteKey::prefix).thenComparing(RouteKey::metric, Integer::compareUnsigned);

        @Override
        public int compareTo(RouteKey other) {
            return ORDER.compare(this, other);
        }
    }

    private static final String FORWARD = "net/ipv4/ip_forward";

    private final Map<Integer, Link> links = new TreeMap<>();
    private final Map<Integer, NextHop> nextHops = new TreeMap<>();
    private final Map<RouteKey, Route> routes = new TreeMap<>();
    private final Map<String, Integer> sysctls = new LinkedHashMap<>();
    private FilterState filter = FilterState.ABSENT;
    private int nextIndex = 1;
    private Function<Change, Integer> injectedErrno = change -> 0;
    private Predicate<Change> failing = change -> false;
    private int failingFrom;
    private int failures;
    private int failingErrno;
    private final List<KernelTable> dumps = new ArrayList<>();
    private int failingDumpsFrom;
    private int dumpFailures;
    private int failingDumpsErrno;
    private Runnable beforeEachChange = () -> {};
    private final List<Flow> flows = new ArrayList<>();
    private final List<Change> applied = new ArrayList<>();
    private int routeDumps;
    private Runnable beforeEachDump = () -> {};

    /** A kernel that holds just that, with neither a filter nor sysctls but those of its devices. */
    public static FakeKernel holding(LinkState links, FibState fib) {
        FakeKernel kernel = new FakeKernel();
        for (Link link : links.links()) {
            kernel.links.put(link.index(), link);
            kernel.nextIndex = Math.max(kernel.nextIndex, link.index() + 1);
            kernel.addSysctls(link.name());
        }
        fib.nextHops().forEach(kernel::putNextHop);
        RouteTable table = fib.routes();
        for (int row = 0; row < table.size(); row++) {
            kernel.putRoute(Route.of(table, row));
        }
        return kernel;
    }

    /** An error number for changes that shall fail, 0 for those that shall not. */
    public void inject(Function<Change, Integer> errnoOf) {
        injectedErrno = errnoOf;
    }

    /**
     * Lets the change fail that comes after {@code number} others, counted from the start, and later changes of the same kind and
     * object.
     *
     * @param times how often in all
     */
    public void fail(int number, Change change, int times, int errno) {
        failing = other ->
                other.action().equals(change.action()) && other.subject().equals(change.subject());
        failingFrom = number;
        failures = times;
        failingErrno = errno;
    }

    /**
     * Lets the dump fail that comes after {@code number} others, counted from the start, and the next ones.
     *
     * @param times how many in all
     */
    public void failDumps(int number, int times, int errno) {
        failingDumpsFrom = number;
        dumpFailures = times;
        failingDumpsErrno = errno;
    }

    /** What was dumped, in order: links, routes with next hops, or the ruleset. */
    public List<KernelTable> dumps() {
        return List.copyOf(dumps);
    }

    private void dump(KernelTable table) {
        dumps.add(table);
        if (dumps.size() > failingDumpsFrom && dumpFailures > 0) {
            dumpFailures--;
            throw new KernelException("the dump broke off", failingDumpsErrno);
        }
    }

    /** All that the kernel holds. */
    public record Picture(
            List<Link> links,
            List<NextHop> nextHops,
            List<Route> routes,
            FilterState filter,
            Map<String, Integer> sysctls) {}

    public Picture picture() {
        return new Picture(
                List.copyOf(links.values()), List.copyOf(nextHops.values()), routes(), filter, new TreeMap<>(sysctls));
    }

    /** Runs before every change from now on, to observe the kernel at that moment. */
    public void beforeEachChange(Runnable observation) {
        beforeEachChange = observation;
    }

    /** Every change in order, whether it succeeded or not. */
    public List<Change> asked() {
        return List.copyOf(applied);
    }

    /** Runs before every dump of all routes from now on. */
    public void beforeEachDump(Runnable pause) {
        beforeEachDump = pause;
    }

    /** How often all routes were dumped. */
    public int routeDumps() {
        return routeDumps;
    }

    /** Adds a device that is up and not ours. */
    public int addLink(String name, String kind, int mtu, InterfaceAddress... addresses) {
        int index = nextIndex++;
        links.put(index, new Link(index, name, kind, true, mtu, Optional.empty(), List.of(addresses)));
        addSysctls(name);
        return index;
    }

    private void addSysctls(String device) {
        sysctls.putIfAbsent(reversePathFilter(device), 0);
        sysctls.putIfAbsent(
                forwarding(device), sysctls.getOrDefault(forwarding("default"), sysctls.getOrDefault(FORWARD, 0)));
    }

    private void removeSysctls(String device) {
        sysctls.remove(reversePathFilter(device));
        sysctls.remove(forwarding(device));
    }

    private static String reversePathFilter(String device) {
        return "net/ipv4/conf/" + device + "/rp_filter";
    }

    private static String forwarding(String device) {
        return "net/ipv4/conf/" + device + "/forwarding";
    }

    /** Switching the host's forwarding switches that of every device. */
    public void setSysctl(String name, int value) {
        Integer before = sysctls.put(name, value);
        if (name.equals(FORWARD) && !Integer.valueOf(value).equals(before)) {
            sysctls.replaceAll((other, old) -> other.endsWith("/forwarding") ? Integer.valueOf(value) : old);
        }
    }

    public void changeLink(String name, UnaryOperator<Link> change) {
        Link link = links().named(name).orElseThrow();
        Link changed = change.apply(link);
        links.put(link.index(), changed);
        if (!changed.name().equals(link.name())) {
            removeSysctls(link.name());
            addSysctls(changed.name());
        }
        if (link.up() && !changed.up()) {
            dropThrough(link.index());
        }
    }

    public void deleteLink(String name) {
        Link link = links().named(name).orElseThrow();
        links.remove(link.index());
        removeSysctls(name);
        dropThrough(link.index());
    }

    private void dropThrough(int index) {
        List<Integer> gone = nextHops.values().stream()
                .filter(nextHop -> nextHop.device() == index)
                .map(NextHop::id)
                .toList();
        gone.forEach(this::deleteNextHop);
        routes.values().removeIf(route -> route.device() == index);
    }

    /** Adds or replaces anybody's route. */
    public void putRoute(Route route) {
        routes.put(new RouteKey(route.prefix(), route.metric()), route);
    }

    /** Deletes the first route of the prefix. */
    public void deleteRoute(Prefix prefix) {
        Route first = routes.values().stream()
                .filter(route -> route.prefix().equals(prefix))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no route to " + prefix));
        deleteRoute(prefix, first.metric());
    }

    public void deleteRoute(Prefix prefix, int metric) {
        if (routes.remove(new RouteKey(prefix, metric)) == null) {
            throw new AssertionError("no route to " + prefix + " with metric " + metric);
        }
    }

    /** Adds or replaces anybody's next hop, and with it where its routes lead. */
    public void putNextHop(NextHop nextHop) {
        if (nextHops.put(nextHop.id(), nextHop) == null) {
            return;
        }
        routes.replaceAll((key, route) -> route.nextHop() != nextHop.id()
                ? route
                : new Route(
                        route.prefix(),
                        route.metric(),
                        route.nextHop(),
                        nextHop.gateway(),
                        nextHop.device(),
                        route.type(),
                        route.protocol()));
    }

    public void deleteNextHop(int id) {
        nextHops.remove(id);
        routes.values().removeIf(route -> route.nextHop() == id);
    }

    public void setFilter(FilterState state) {
        filter = state;
    }

    public List<Route> routes() {
        return List.copyOf(routes.values());
    }

    @Override
    public LinkState observeLinks() {
        dump(KernelTable.LINK);
        return links();
    }

    private LinkState links() {
        return new LinkState(List.copyOf(links.values()));
    }

    @Override
    public FibState observeFib() {
        dump(KernelTable.ROUTE);
        routeDumps++;
        beforeEachDump.run();
        RouteTable.Builder table = new RouteTable.Builder();
        for (Route route : routes.values()) {
            table.add(
                    route.prefix().key(),
                    route.metric(),
                    route.nextHop(),
                    route.gateway().map(Address::bits).orElse(0),
                    route.device(),
                    route.type(),
                    route.protocol());
        }
        return new FibState(List.copyOf(nextHops.values()), table.build());
    }

    @Override
    public List<Outcome> apply(List<Change> changes) {
        return changes.stream().map(change -> applyOne(change, this::carryOut)).toList();
    }

    private Outcome applyOne(Change change, Function<Change, Integer> carryOut) {
        beforeEachChange.run();
        int injected = injectedErrno.apply(change);
        if (applied.size() >= failingFrom && failures > 0 && failing.test(change)) {
            failures--;
            injected = failingErrno;
        }
        applied.add(change);
        return new Outcome(change, injected != 0 ? injected : carryOut.apply(change), "");
    }

    private int carryOut(Change change) {
        if (change instanceof Change.CreateTunnel create) {
            return createTunnel(create);
        } else if (change instanceof Change.SetTunnelParameters set) {
            Link.Ipip parameters = Link.Ipip.ours(set.local());
            return onLink(
                    set.index(), link -> with(link, link.up(), link.mtu(), Optional.of(parameters), link.addresses()));
        } else if (change instanceof Change.BindTunnel bind) {
            Link.Ipip parameters = new Link.Ipip(
                    bind.local(), new Address(0), Link.Ipip.ours(bind.local()).pmtudisc(), bind.lower());
            return onLink(
                    bind.index(), link -> with(link, link.up(), link.mtu(), Optional.of(parameters), link.addresses()));
        } else if (change instanceof Change.SetMtu set) {
            return onLink(set.index(), link -> with(link, link.up(), set.mtu(), link.ipip(), link.addresses()));
        } else if (change instanceof Change.SetUp set) {
            return onLink(set.index(), link -> with(link, true, link.mtu(), link.ipip(), link.addresses()));
        } else if (change instanceof Change.DeleteLink delete) {
            return deleteLink(delete);
        } else if (change instanceof Change.AddAddress add) {
            return addAddress(add);
        } else if (change instanceof Change.DeleteAddress delete) {
            return deleteAddress(delete);
        } else if (change instanceof Change.AddNextHop add) {
            return addNextHop(add);
        } else if (change instanceof Change.DeleteNextHop delete) {
            return delete(delete);
        } else if (change instanceof Change.AddRoute add) {
            return routes.containsKey(new RouteKey(add.prefix(), add.metric()))
                    ? Errno.EEXIST
                    : route(add.prefix(), add.nextHop(), add.protocol());
        } else if (change instanceof Change.ReplaceRoute replace) {
            return route(replace.prefix(), replace.nextHop(), replace.protocol());
        } else if (change instanceof Change.DeleteRoute delete) {
            return delete(delete);
        }
        throw new AssertionError("not a change of links, next hops or routes: " + change);
    }

    private int createTunnel(Change.CreateTunnel create) {
        boolean taken = links.values().stream()
                .anyMatch(link -> link.name().equals(create.name())
                        || link.ipip()
                                .filter(ipip ->
                                        ipip.local().equals(create.local()) && ipip.toAnyPeer() && ipip.lower() == 0)
                                .isPresent());
        if (taken) {
            return Errno.EEXIST;
        }
        int index = nextIndex++;
        Link.Ipip parameters = Link.Ipip.ours(create.local());
        links.put(
                index, new Link(index, create.name(), "ipip", false, create.mtu(), Optional.of(parameters), List.of()));
        addSysctls(create.name());
        return 0;
    }

    private int deleteLink(Change.DeleteLink delete) {
        if (!links.containsKey(delete.index())) {
            return Errno.ENODEV;
        }
        deleteLink(links.get(delete.index()).name());
        return 0;
    }

    private int onLink(int index, UnaryOperator<Link> change) {
        return links.computeIfPresent(index, (i, link) -> change.apply(link)) == null ? Errno.ENODEV : 0;
    }

    private static Link with(
            Link link, boolean up, int mtu, Optional<Link.Ipip> ipip, List<InterfaceAddress> addresses) {
        return new Link(link.index(), link.name(), link.kind(), up, mtu, ipip, addresses);
    }

    private int addAddress(Change.AddAddress add) {
        Link link = links.get(add.index());
        if (link == null) {
            return Errno.ENODEV;
        }
        if (link.addresses().contains(add.address())) {
            return Errno.EEXIST;
        }
        List<InterfaceAddress> addresses = new ArrayList<>(link.addresses());
        addresses.add(add.address());
        return onLink(add.index(), l -> with(l, l.up(), l.mtu(), l.ipip(), addresses));
    }

    private int deleteAddress(Change.DeleteAddress delete) {
        Link link = links.get(delete.index());
        if (link == null) {
            return Errno.ENODEV;
        }
        List<InterfaceAddress> addresses = new ArrayList<>(link.addresses());
        if (!addresses.remove(delete.address())) {
            return Errno.EADDRNOTAVAIL;
        }
        return onLink(delete.index(), l -> with(l, l.up(), l.mtu(), l.ipip(), addresses));
    }

    private int addNextHop(Change.AddNextHop add) {
        if (nextHops.containsKey(add.id())) {
            return Errno.EEXIST;
        }
        Link link = links.get(add.device());
        if (link == null) {
            return Errno.EINVAL;
        }
        if (!link.up()) {
            return Errno.ENETDOWN;
        }
        putNextHop(new NextHop(add.id(), Optional.of(add.gateway()), add.device(), true, add.protocol()));
        return 0;
    }

    private int delete(Change.DeleteNextHop delete) {
        if (!nextHops.containsKey(delete.id())) {
            return Errno.ENOENT;
        }
        deleteNextHop(delete.id());
        return 0;
    }

    private int route(Prefix prefix, int nextHop, int protocol) {
        if (nextHop != 0 && !nextHops.containsKey(nextHop)) {
            return Errno.EINVAL;
        }
        Optional<NextHop> through = Optional.ofNullable(nextHops.get(nextHop));
        putRoute(new Route(
                prefix,
                Change.metricOf(nextHop),
                nextHop,
                through.flatMap(NextHop::gateway),
                through.map(NextHop::device).orElse(0),
                nextHop == 0 ? RouteTable.BLACKHOLE : RouteTable.UNICAST,
                protocol));
        return 0;
    }

    private int delete(Change.DeleteRoute delete) {
        Optional<Route> there = routes.values().stream()
                .filter(route -> route.prefix().equals(delete.prefix())
                        && (delete.metric() == 0 || route.metric() == delete.metric())
                        && route.protocol() == delete.protocol()
                        && route.type() == delete.type())
                .findFirst();
        there.ifPresent(route -> routes.remove(new RouteKey(route.prefix(), route.metric())));
        return there.isPresent() ? 0 : Errno.ESRCH;
    }

    /** A workload sends its first packet. */
    public void beginFlow(Flow flow) {
        flows.add(flow);
    }

    public List<Flow> flows() {
        return List.copyOf(flows);
    }

    @Override
    public int forgetFlows(Collection<Prefix> sources, Collection<Prefix> kept) {
        List<Flow> forgotten = flows.stream()
                .filter(flow -> !flow.translated())
                .filter(flow -> sources.stream().anyMatch(prefix -> prefix.contains(flow.source())))
                .filter(flow -> kept.stream().noneMatch(prefix -> prefix.contains(flow.destination())))
                .toList();
        if (!forgotten.isEmpty()) {
            Change change = new Change.ForgetFlows(new TreeSet<>(sources), forgotten.size());
            Outcome outcome = carryOut(change, done -> flows.removeAll(forgotten) ? 0 : Errno.ENOENT);
            if (!outcome.succeeded()) {
                throw new KernelException("the flows stay", outcome.errno());
            }
        }
        return forgotten.size();
    }

    /** Makes a change of another port, unless it is to fail. */
    public Outcome carryOut(Change change, Function<Change, Integer> effect) {
        return applyOne(change, effect);
    }

    @Override
    public FilterState observe() {
        dump(KernelTable.RULESET);
        return filter;
    }

    @Override
    public Outcome apply(Change change) {
        return applyOne(change, this::carryOutRuleset);
    }

    private int carryOutRuleset(Change change) {
        if (change instanceof Change.ReplaceRuleset replace) {
            filter = new FilterState(Optional.of(replace.ruleset()), List.of(), filter.dropped());
        } else if (change instanceof Change.DeleteRuleset) {
            filter = FilterState.ABSENT;
        } else {
            throw new AssertionError("not a change of the ruleset: " + change);
        }
        return 0;
    }

    @Override
    public OptionalInt read(String name) {
        Integer value = sysctls.get(name);
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    @Override
    public Outcome apply(Change.SetSysctl change) {
        return applyOne(change, c -> {
            if (!sysctls.containsKey(change.name())) {
                return Errno.ENOENT;
            }
            setSysctl(change.name(), change.value());
            return 0;
        });
    }
}
