package io.culvert.reconciler.model;

import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.FakeKernel.Route;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.util.Optional;
import java.util.function.Function;

/** Node n1, 10.0.1.11/24 on eth0, in memory. */
final class FakeHost implements Host {

    private final FakeKernel kernel = new FakeKernel();
    private final Kernel seen;

    FakeHost() {
        this(kernel -> kernel);
    }

    /** @param disguise what the agent takes for the kernel */
    FakeHost(Function<FakeKernel, Kernel> disguise) {
        seen = disguise.apply(kernel);
        int eth0 = kernel.addLink("eth0", "veth", 1500, InterfaceAddress.parse("10.0.1.11/24"));
        kernel.addLink("eth1", "veth", 1400);
        kernel.setSysctl("net/ipv4/ip_forward", 0);
        kernel.putRoute(new Route(
                Prefix.parse("0.0.0.0/0"), 0, 0, Optional.of(Address.parse("10.0.1.1")), eth0, RouteTable.UNICAST, 3));
    }

    @Override
    public Kernel kernel() {
        return seen;
    }

    @Override
    public PacketFilter filter() {
        return kernel;
    }

    @Override
    public Sysctls sysctls() {
        return kernel;
    }

    @Override
    public void putRoute(Route route) {
        kernel.putRoute(route);
    }

    @Override
    public void deleteRoute(Route route) {
        kernel.deleteRoute(route.prefix(), route.metric());
    }

    @Override
    public void putNextHop(NextHop nextHop) {
        kernel.putNextHop(nextHop);
    }

    @Override
    public void deleteNextHop(int id) {
        kernel.deleteNextHop(id);
    }

    @Override
    public void addLink(Link link) {
        int index = kernel.addLink(link.name(), link.kind(), link.mtu());
        kernel.changeLink(
                link.name(),
                added -> new Link(
                        index, link.name(), link.kind(), link.up(), link.mtu(), link.ipip(), link.addresses()));
    }

    @Override
    public void changeLink(Link before, Link after) {
        kernel.changeLink(before.name(), link -> after);
    }

    @Override
    public void deleteLink(Link link) {
        kernel.deleteLink(link.name());
    }

    @Override
    public void setSysctl(String name, int value) {
        kernel.setSysctl(name, value);
    }

    @Override
    public void setFilter(FilterState state) {
        kernel.setFilter(state);
    }

    @Override
    public void close() {}
}
