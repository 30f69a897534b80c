package io.culvert.netlink;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.FakeKernel.Route;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.model.Host;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Node n1 on Linux, in a network namespace of its own. {@code ip} makes the foreign changes and may refuse them. The packet
 * filter and sysctls are in memory, because this module has neither.
 */
final class LinuxHost implements Host {

    private final TestNamespace namespace = new TestNamespace();
    private final NetlinkKernel kernel = NetlinkKernel.open(namespace.path());
    private final FakeKernel filter = new FakeKernel();
    private final Map<String, Integer> numbers = new HashMap<>();

    LinuxHost() {
        namespace.run("ip link add eth1 mtu 1400 type veth peer name peer1; ip link set eth1 up; ip link set peer1 up;"
                + "ip route add default via 10.0.1.1 dev eth0 proto 3");
    }

    @Override
    public Kernel kernel() {
        return kernel;
    }

    @Override
    public PacketFilter filter() {
        return filter;
    }

    @Override
    public Sysctls sysctls() {
        return new Sysctls() {
            @Override
            public OptionalInt read(String name) {
                return key(name)
                        .map(key -> OptionalInt.of(numbers.getOrDefault(key, 0)))
                        .orElse(OptionalInt.empty());
            }

            @Override
            public Outcome apply(Change.SetSysctl change) {
                Optional<String> key = key(change.name());
                key.ifPresent(known -> numbers.put(known, change.value()));
                return new Outcome(change, key.isPresent() ? 0 : Errno.ENOENT, "");
            }
        };
    }

    /** The sysctls of a device exist as long as it does. */
    private Optional<String> key(String name) {
        if (!name.contains("/conf/")) {
            return Optional.of(name);
        }
        String device = name.split("/")[3];
        return kernel.observeLinks().named(device).map(link -> name + " " + link.index());
    }

    private void ip(String command) {
        namespace.run("ip " + command + " 2>&1 || true");
    }

    private String device(int index) {
        return kernel.observeLinks().indexed(index).map(Link::name).orElse("nowhere");
    }

    private static String id(int id) {
        return Integer.toUnsignedString(id);
    }

    private String key(Route route) {
        return (route.type() == RouteTable.BLACKHOLE ? "blackhole " : "") + route.prefix() + " proto "
                + route.protocol() + (route.metric() == 0 ? "" : " metric " + Integer.toUnsignedString(route.metric()));
    }

    @Override
    public void putRoute(Route route) {
        String nextHop = "";
        if (route.nextHop() != 0) {
            nextHop = " nhid " + id(route.nextHop());
        } else if (route.gateway().isPresent()) {
            nextHop = " via " + route.gateway().get() + " dev " + device(route.device()) + " onlink";
        }
        ip("route replace " + key(route) + nextHop);
    }

    @Override
    public void deleteRoute(Route route) {
        ip("route del " + key(route));
    }

    @Override
    public void putNextHop(NextHop nextHop) {
        ip("nexthop replace id " + id(nextHop.id()) + " via "
                + nextHop.gateway().map(Address::toString).orElseThrow() + " dev " + device(nextHop.device())
                + " onlink proto " + nextHop.protocol());
    }

    @Override
    public void deleteNextHop(int id) {
        ip("nexthop del id " + id(id));
    }

    @Override
    public void addLink(Link link) {
        // Not every kernel has dummy devices, and any device that is no tunnel will do.
        String kind = link.kind().equals("dummy") ? "veth" : link.kind();
        String parameters = link.ipip()
                .map(ipip -> " local " + ipip.local() + " remote any")
                .orElse("");
        ip("link add " + link.name() + " type " + kind + parameters);
        ip("link set " + link.name() + " up");
    }

    @Override
    public void changeLink(Link before, Link after) {
        String name = after.name();
        if (!before.name().equals(name)) {
            ip("link set " + before.name() + " down");
            ip("link set " + before.name() + " name " + name);
            ip("link set " + name + (after.up() ? " up" : " down"));
        } else if (before.up() != after.up()) {
            ip("link set " + name + (after.up() ? " up" : " down"));
        }
        if (before.mtu() != after.mtu()) {
            ip("link set " + name + " mtu " + after.mtu());
        }
        for (InterfaceAddress address : before.addresses()) {
            if (!after.addresses().contains(address)) {
                ip("addr del " + address + " dev " + name);
            }
        }
        for (InterfaceAddress address : after.addresses()) {
            if (!before.addresses().contains(address)) {
                ip("addr add " + address + " dev " + name);
            }
        }
    }

    @Override
    public void deleteLink(Link link) {
        ip("link del " + link.name());
    }

    @Override
    public void setSysctl(String name, int value) {
        key(name).ifPresent(known -> numbers.put(known, value));
    }

    @Override
    public void setFilter(FilterState state) {
        filter.setFilter(state);
    }

    @Override
    public void close() {
        kernel.close();
        namespace.close();
    }
}
