package io.culvert.netlink;

import io.culvert.netlink.NetlinkSocket.Table;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The kernel port on Linux: rtnetlink. Only one thread may use it, except for {@link #interruptedDumps()}. Methods block on
 * nothing but the kernel's own lock of its network configuration.
 *
 * <p>Routes with a TOS other than 0 are left out: their keys are not ours, and no change can address them.
 */
public final class NetlinkKernel implements Kernel, AutoCloseable {

    /** Dumps of a table that keeps changing, before giving up. */
    private static final int ATTEMPTS = 10;

    /** {@code IFF_UP}, {@code linux/if.h}. */
    private static final int UP = 1;

    /** {@code RTNH_F_ONLINK}, {@code linux/rtnetlink.h}. */
    private static final int ONLINK = 4;

    private final NetlinkSocket socket;
    private final LinkRecord link;
    private final AddressRecord address;
    private final NextHopRecord nextHop;
    private final RouteRecord route;
    private final PathRecord path;
    private final OperationRecord operation;
    private final ResultRecord result;
    private final AtomicLong interruptedDumps = new AtomicLong();
    private int lastRouteCount;

    private NetlinkKernel(NetlinkSocket socket) {
        this.socket = socket;
        link = new LinkRecord(socket.records);
        address = new AddressRecord(socket.records);
        nextHop = new NextHopRecord(socket.records);
        route = new RouteRecord(socket.records);
        path = new PathRecord(socket.records);
        operation = new OperationRecord(socket.operations);
        result = new ResultRecord(socket.results);
    }

    /**
     * Opens the kernel's configuration of a network namespace.
     *
     * @param netns such as {@code /run/netns/n1}; null for the calling thread's own
     * @throws KernelException if there is no such namespace, or entering it is not permitted
     * @throws NativeLibraryException if the C shim cannot be used
     */
    public static NetlinkKernel open(@Nullable Path netns) {
        return new NetlinkKernel(NetlinkSocket.open(netns));
    }

    /** The netlink port of this object's changes, for {@link KernelMonitor.Interest#ignoredPort()}. */
    public int port() {
        return socket.port();
    }

    /** How many dumps were repeated because the table changed meanwhile. Any thread. */
    public long interruptedDumps() {
        return interruptedDumps.get();
    }

    /** Makes room for about as many routes in the next {@link #observeFib()}, which takes up less memory then. */
    public void expectRoutes(int count) {
        lastRouteCount = count + count / 16;
    }

    @Override
    public LinkState observeLinks() {
        Map<Integer, List<InterfaceAddress>> addresses = read(Table.ADDRESS, AddressDump::new);
        return new LinkState(read(Table.LINK, () -> new LinkDump(addresses)));
    }

    @Override
    public FibState observeFib() {
        NextHopDump nextHops = read(Table.NEXTHOP, NextHopDump::new);
        RouteDump dump = read(Table.ROUTE, RouteDump::new);
        RouteTable routes = dump.routes.build();
        lastRouteCount = routes.size();
        return new FibState(nextHops.nextHops, routes, dump.defaults.resolved(nextHops.nextHops, nextHops.groups));
    }

    /**
     * The path MTUs that the kernel has learned from ICMP and not yet forgotten, in bytes, by destination.
     *
     * @throws KernelException if they cannot be read
     */
    public Map<Address, Integer> pathMtus() {
        return read(Table.PATH, PathDump::new);
    }

    @Override
    public List<Outcome> apply(List<Change> changes) {
        List<Outcome> outcomes = new ArrayList<>(changes.size());
        for (int start = 0; start < changes.size(); start += NetlinkSocket.BATCH_CAPACITY) {
            int end = Math.min(changes.size(), start + NetlinkSocket.BATCH_CAPACITY);
            applyBatch(changes.subList(start, end), outcomes);
        }
        return List.copyOf(outcomes);
    }

    private void applyBatch(List<Change> changes, List<Outcome> outcomes) {
        int count = 0;
        for (Change change : changes) {
            operation.put(count++, change);
        }
        int failed = socket.apply(count);
        if (failed < 0) {
            throw new KernelException(
                    "cannot read the kernel's answers to " + count + " changes: " + Errno.name(-failed), -failed);
        }
        for (int i = 0; i < count; i++) {
            outcomes.add(outcome(changes.get(i), result.at(i)));
        }
    }

    private static Outcome outcome(Change change, ResultRecord result) {
        return result.error() == 0 ? Outcome.done(change) : new Outcome(change, result.error(), result.text());
    }

    @Override
    public int forgetFlows(Collection<Prefix> sources, Collection<Prefix> kept) {
        int count = socket.forgetFlows(sources, kept);
        if (count < 0) {
            // nfnetlink answers EINVAL for a subsystem that is not there.
            int errno = -count == Errno.EINVAL ? Errno.EOPNOTSUPP : -count;
            String advice =
                    errno == Errno.EBUSY ? ": a flowtable has taken some over; it gives them back when they rest" : "";
            throw new KernelException(
                    "cannot delete flows from connection tracking: " + Errno.name(errno) + advice, errno);
        }
        return count;
    }

    @Override
    public void close() {
        socket.close();
    }

    /** One dump of a table; a repeated dump starts with a new object. */
    private interface Dump<T> extends IntConsumer {
        T result();
    }

    private <T> T read(Table table, Supplier<Dump<T>> dumps) {
        int error = Errno.EINTR;
        for (int i = 0; i < ATTEMPTS && error == Errno.EINTR; i++) {
            Dump<T> dump = dumps.get();
            error = socket.read(table, dump);
            if (error == 0) {
                return dump.result();
            }
            interruptedDumps.addAndGet(error == Errno.EINTR ? 1 : 0);
        }
        throw new KernelException(
                "cannot read the kernel's " + table + " table: " + Errno.name(error) + advice(table, error), error);
    }

    private static String advice(Table table, int error) {
        if (error == Errno.EINTR) {
            return "; it changed during each of " + ATTEMPTS + " attempts";
        }
        if (table == Table.NEXTHOP && error == Errno.EOPNOTSUPP) {
            return "; next-hop objects need Linux 5.3 or newer";
        }
        return "";
    }

    private final class AddressDump implements Dump<Map<Integer, List<InterfaceAddress>>> {

        private final Map<Integer, List<InterfaceAddress>> addresses = new HashMap<>();

        @Override
        public void accept(int count) {
            for (int i = 0; i < count; i++) {
                address.at(i);
                addresses
                        .computeIfAbsent(address.index(), index -> new ArrayList<>())
                        .add(new InterfaceAddress(new Address(address.address()), address.prefixLength()));
            }
        }

        @Override
        public Map<Integer, List<InterfaceAddress>> result() {
            return addresses;
        }
    }

    private final class PathDump implements Dump<Map<Address, Integer>> {

        private final Map<Address, Integer> mtus = new HashMap<>();

        @Override
        public void accept(int count) {
            for (int i = 0; i < count; i++) {
                path.at(i);
                mtus.merge(new Address(path.destination()), path.mtu(), Math::min);
            }
        }

        @Override
        public Map<Address, Integer> result() {
            return mtus;
        }
    }

    private final class LinkDump implements Dump<List<Link>> {

        private final Map<Integer, List<InterfaceAddress>> addresses;
        private final List<Link> links = new ArrayList<>();

        LinkDump(Map<Integer, List<InterfaceAddress>> addresses) {
            this.addresses = addresses;
        }

        @Override
        public void accept(int count) {
            for (int i = 0; i < count; i++) {
                link.at(i);
                String kind = link.kind();
                links.add(new Link(
                        link.index(),
                        link.name(),
                        kind,
                        (link.flags() & UP) != 0,
                        link.mtu(),
                        kind.equals("ipip") ? Optional.of(ipip()) : Optional.empty(),
                        addresses.getOrDefault(link.index(), List.of()),
                        link.master()));
            }
        }

        private Link.Ipip ipip() {
            return new Link.Ipip(new Address(link.local()), new Address(link.remote()), link.pmtudisc(), link.lower());
        }

        @Override
        public List<Link> result() {
            return links;
        }
    }

    private final class NextHopDump implements Dump<NextHopDump> {

        private final List<NextHop> nextHops = new ArrayList<>();
        private final Map<Integer, List<Integer>> groups = new HashMap<>();

        @Override
        public void accept(int count) {
            for (int i = 0; i < count; i++) {
                nextHop.at(i);
                if (nextHop.member() != 0) {
                    groups.computeIfAbsent(nextHop.id(), id -> new ArrayList<>())
                            .add(nextHop.member());
                }
                if (nextHop.hop() == 0) {
                    nextHops.add(new NextHop(
                            nextHop.id(),
                            gateway(),
                            nextHop.index(),
                            (nextHop.flags() & ONLINK) != 0,
                            nextHop.protocol()));
                }
            }
        }

        /** Empty for an object with more than a gateway and a device: it is not one of ours. */
        private Optional<Address> gateway() {
            return nextHop.gateway() == 0 || nextHop.extras() != 0
                    ? Optional.empty()
                    : Optional.of(new Address(nextHop.gateway()));
        }

        @Override
        public NextHopDump result() {
            return this;
        }
    }

    private final class RouteDump implements Dump<RouteDump> {

        private final RouteTable.Builder routes = new RouteTable.Builder(lastRouteCount);
        private final DefaultPaths defaults = new DefaultPaths();

        @Override
        public void accept(int count) {
            for (int i = 0; i < count; i++) {
                route.at(i);
                if (route.tos() != 0) {
                    continue;
                }
                if (route.prefixLength() == 0 && route.type() == RouteTable.UNICAST) {
                    defaults.add(route.metric(), route.nexthop(), route.gateway(), route.index(), route.source());
                }
                if (route.hop() == 0) {
                    routes.add(
                            key(),
                            route.metric(),
                            route.nexthop(),
                            route.gateway(),
                            route.index(),
                            route.type(),
                            route.protocol());
                }
            }
        }

        /** {@code Prefix.key()} without a Prefix object. */
        private long key() {
            return (route.prefix() & 0xffffffffL) << 6 | route.prefixLength();
        }

        @Override
        public RouteDump result() {
            return this;
        }
    }
}
