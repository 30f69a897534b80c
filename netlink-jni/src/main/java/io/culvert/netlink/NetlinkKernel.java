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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Linux, by netlink ({@code include/uapi/linux/rtnetlink.h}). All methods but {@link #interruptedDumps()} belong to the
 * thread that owns the kernel; they wait for nobody but the kernel's own lock on its network configuration.
 *
 * <p>Routes with a TOS other than 0 are not shown: their keys are not ours, and no change can name them.
 */
public final class NetlinkKernel implements Kernel, AutoCloseable {

    /** Looks at a table that keeps changing before giving up. */
    private static final int LOOKS = 10;

    /** {@code IFF_UP}, {@code linux/if.h}. */
    private static final int UP = 1;

    /** {@code RTNH_F_ONLINK}, {@code linux/rtnetlink.h}. */
    private static final int ONLINK = 4;

    private final NetlinkSocket socket;
    private final LinkRecord link;
    private final AddressRecord address;
    private final NextHopRecord nextHop;
    private final RouteRecord route;
    private final OperationRecord operation;
    private final ResultRecord result;
    private final AtomicLong interruptedDumps = new AtomicLong();
    private int routesSeenLast;

    private NetlinkKernel(NetlinkSocket socket) {
        this.socket = socket;
        link = new LinkRecord(socket.records);
        address = new AddressRecord(socket.records);
        nextHop = new NextHopRecord(socket.records);
        route = new RouteRecord(socket.records);
        operation = new OperationRecord(socket.operations);
        result = new ResultRecord(socket.results);
    }

    /**
     * The kernel's configuration of one network namespace.
     *
     * @param netns such as {@code /run/netns/n1}; null for the calling thread's own
     * @throws KernelException if there is no such namespace, or it must not be entered
     * @throws NativeLibraryException if the C shim cannot be used
     */
    public static NetlinkKernel open(@Nullable Path netns) {
        return new NetlinkKernel(NetlinkSocket.open(netns));
    }

    /** The port that the kernel names in what this object causes; a {@link KernelMonitor} can ignore it. */
    public int port() {
        return socket.port();
    }

    /** How many looks were repeated because the table changed meanwhile. From any thread. */
    public long interruptedDumps() {
        return interruptedDumps.get();
    }

    @Override
    public LinkState observeLinks() {
        Map<Integer, List<InterfaceAddress>> addresses = look(Table.ADDRESS, AddressLook::new);
        return new LinkState(look(Table.LINK, () -> new LinkLook(addresses)));
    }

    @Override
    public FibState observeFib() {
        List<NextHop> nextHops = look(Table.NEXTHOP, NextHopLook::new);
        RouteTable routes = look(Table.ROUTE, RouteLook::new);
        routesSeenLast = routes.size();
        return new FibState(nextHops, routes);
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
                    "the kernel's answers to " + count + " changes were lost: " + Errno.name(-failed), -failed);
        }
        for (int i = 0; i < count; i++) {
            outcomes.add(outcome(changes.get(i), result.at(i)));
        }
    }

    private static Outcome outcome(Change change, ResultRecord result) {
        return result.error() == 0 ? Outcome.done(change) : new Outcome(change, result.error(), result.text());
    }

    @Override
    public void close() {
        socket.close();
    }

    /** One attempt at reading a table; a repeated look starts with a fresh one. */
    private interface Look<T> extends IntConsumer {
        T seen();
    }

    private <T> T look(Table table, Supplier<Look<T>> attempts) {
        int error = Errno.EINTR;
        for (int i = 0; i < LOOKS && error == Errno.EINTR; i++) {
            Look<T> look = attempts.get();
            error = socket.read(table, look);
            if (error == 0) {
                return look.seen();
            }
            interruptedDumps.addAndGet(error == Errno.EINTR ? 1 : 0);
        }
        throw new KernelException(
                "cannot read the kernel's " + table + " table: " + Errno.name(error) + advice(table, error), error);
    }

    private static String advice(Table table, int error) {
        if (error == Errno.EINTR) {
            return "; it changed during each of " + LOOKS + " looks";
        }
        if (table == Table.NEXTHOP && error == Errno.EOPNOTSUPP) {
            return "; next-hop objects need Linux 5.3 or newer";
        }
        return "";
    }

    private final class AddressLook implements Look<Map<Integer, List<InterfaceAddress>>> {

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
        public Map<Integer, List<InterfaceAddress>> seen() {
            return addresses;
        }
    }

    private final class LinkLook implements Look<List<Link>> {

        private final Map<Integer, List<InterfaceAddress>> addresses;
        private final List<Link> links = new ArrayList<>();

        LinkLook(Map<Integer, List<InterfaceAddress>> addresses) {
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
                        addresses.getOrDefault(link.index(), List.of())));
            }
        }

        private Link.Ipip ipip() {
            return new Link.Ipip(new Address(link.local()), new Address(link.remote()), link.pmtudisc());
        }

        @Override
        public List<Link> seen() {
            return links;
        }
    }

    private final class NextHopLook implements Look<List<NextHop>> {

        private final List<NextHop> nextHops = new ArrayList<>();

        @Override
        public void accept(int count) {
            for (int i = 0; i < count; i++) {
                nextHop.at(i);
                nextHops.add(new NextHop(
                        nextHop.id(), gateway(), nextHop.index(), (nextHop.flags() & ONLINK) != 0, nextHop.protocol()));
            }
        }

        /** One that is more than a gateway on a device is never as we would write it, so it shows none. */
        private Optional<Address> gateway() {
            return nextHop.gateway() == 0 || nextHop.extras() != 0
                    ? Optional.empty()
                    : Optional.of(new Address(nextHop.gateway()));
        }

        @Override
        public List<NextHop> seen() {
            return nextHops;
        }
    }

    private final class RouteLook implements Look<RouteTable> {

        private final RouteTable.Builder routes = new RouteTable.Builder(routesSeenLast);

        @Override
        public void accept(int count) {
            for (int i = 0; i < count; i++) {
                route.at(i);
                if (route.tos() == 0) {
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

        /** {@code Prefix.key()} without a Prefix. */
        private long key() {
            return (route.prefix() & 0xffffffffL) << 6 | route.prefixLength();
        }

        @Override
        public RouteTable seen() {
            return routes.build();
        }
    }
}
