package io.culvert.reconciler.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every {@link Kernel} does with next hops, routes, addresses and MTUs: the fake and Linux alike. */
public abstract class KernelContract {

    protected static final int OURS = 90;
    protected static final int FOREIGN = 17;
    private static final Address PEER = Address.parse("10.0.1.12");
    private static final Address OTHER_PEER = Address.parse("10.0.1.13");
    private static final Prefix BLOCK = Prefix.parse("192.168.0.64/26");
    private static final Prefix OTHER_BLOCK = Prefix.parse("192.168.0.128/26");
    private static final int ID = 0x43000000;

    /** The kernel under test, whose device {@code eth0} is up, has MTU 1500 and carries 10.0.1.11/24. */
    protected abstract Kernel kernel();

    /** Puts a blackhole with protocol {@link #FOREIGN} and the metric of ours there, as another program would. */
    protected abstract void addForeignBlackhole(Prefix prefix);

    /** Sets {@code eth0} down, as a person would. */
    protected abstract void setUnderlayDown();

    /**
     * Sends the first packet of a flow from an address that {@code eth0} has besides.
     *
     * @param translated whether the kernel gives it another source, as it should from then on
     */
    protected abstract void beginFlow(Address source, Address destination, boolean translated);

    private Link underlay() {
        return kernel().observeLinks().named("eth0").orElseThrow();
    }

    private Change.AddNextHop nextHop(int id, Address gateway) {
        return new Change.AddNextHop(id, gateway, underlay().index(), "eth0", OURS);
    }

    private List<Integer> errnos(Change... changes) {
        List<Outcome> outcomes = kernel().apply(List.of(changes));
        assertThat(outcomes).extracting(Outcome::change).containsExactly(changes);
        return outcomes.stream().map(Outcome::errno).toList();
    }

    private void succeed(Change... changes) {
        List<Outcome> outcomes = kernel().apply(List.of(changes));
        assertThat(outcomes)
                .allSatisfy(outcome ->
                        assertThat(outcome.errno()).as(outcome.toString()).isZero());
        assertThat(outcomes).hasSameSizeAs(changes);
    }

    private int rowOf(Prefix prefix, RouteTable routes) {
        int row = routes.firstAtOrAfter(prefix.key());
        return row < routes.size() && routes.key(row) == prefix.key() ? row : -1;
    }

    private int rowOf(Prefix prefix) {
        return rowOf(prefix, kernel().observeFib().routes());
    }

    @Test
    void showsLinksWithTheirAddresses() {
        Link eth0 = underlay();
        assertThat(eth0.up()).isTrue();
        assertThat(eth0.mtu()).isEqualTo(1500);
        assertThat(eth0.ipip()).isEmpty();
        assertThat(eth0.addresses()).containsExactly(InterfaceAddress.parse("10.0.1.11/24"));
    }

    @Test
    void addsRoutesThroughNextHops() {
        succeed(nextHop(ID, PEER), new Change.AddRoute(BLOCK, ID, OURS));

        FibState fib = kernel().observeFib();
        assertThat(fib.nextHops())
                .contains(
                        new NextHop(ID, java.util.Optional.of(PEER), underlay().index(), true, OURS));
        int row = rowOf(BLOCK, fib.routes());
        assertThat(fib.routes().nextHop(row)).isEqualTo(ID);
        assertThat(fib.routes().type(row)).isEqualTo(RouteTable.UNICAST);
        assertThat(fib.routes().protocol(row)).isEqualTo(OURS);
        assertThat(fib.routes().metric(row)).isZero();
    }

    @Test
    void addsBlackholes() {
        succeed(new Change.AddRoute(BLOCK, 0, OURS));

        RouteTable routes = kernel().observeFib().routes();
        int row = rowOf(BLOCK, routes);
        assertThat(routes.type(row)).isEqualTo(RouteTable.BLACKHOLE);
        assertThat(routes.nextHop(row)).isZero();
    }

    @Test
    void replacesRoutesInPlace() {
        succeed(
                nextHop(ID, PEER),
                nextHop(ID + 1, OTHER_PEER),
                new Change.AddRoute(BLOCK, ID, OURS),
                new Change.ReplaceRoute(BLOCK, ID + 1, OURS));

        assertThat(kernel().observeFib().routes().nextHop(rowOf(BLOCK))).isEqualTo(ID + 1);
    }

    @Test
    void aBlackholeIsTheLastRouteOfItsPrefix() {
        succeed(
                new Change.AddRoute(BLOCK, 0, OURS),
                nextHop(ID, PEER),
                new Change.AddRoute(BLOCK, ID, OURS),
                new Change.ReplaceRoute(BLOCK, 0, OURS));

        RouteTable routes = kernel().observeFib().routes();
        int row = rowOf(BLOCK);
        assertThat(routes.type(row)).isEqualTo(RouteTable.UNICAST);
        assertThat(routes.key(row + 1)).isEqualTo(BLOCK.key());
        assertThat(routes.type(row + 1)).isEqualTo(RouteTable.BLACKHOLE);
        assertThat(routes.metric(row + 1)).isEqualTo(RouteTable.LAST_METRIC);
    }

    @Test
    void aDeleteWithoutMetricTakesTheFirstThatMatches() {
        succeed(new Change.AddRoute(BLOCK, 0, OURS), new Change.DeleteRoute(BLOCK, 0, RouteTable.BLACKHOLE, OURS));

        assertThat(rowOf(BLOCK)).isNegative();
    }

    @Test
    void aDeleteNamesTheMetric() {
        succeed(
                new Change.AddRoute(BLOCK, 0, OURS),
                nextHop(ID, PEER),
                new Change.AddRoute(BLOCK, ID, OURS),
                new Change.DeleteRoute(BLOCK, RouteTable.LAST_METRIC, RouteTable.BLACKHOLE, OURS));

        RouteTable routes = kernel().observeFib().routes();
        assertThat(routes.type(rowOf(BLOCK))).isEqualTo(RouteTable.UNICAST);
        assertThat(routes.size() == rowOf(BLOCK) + 1 || routes.key(rowOf(BLOCK) + 1) != BLOCK.key())
                .isTrue();
    }

    @Test
    void addNeverReplaces() {
        addForeignBlackhole(BLOCK);

        assertThat(errnos(new Change.AddRoute(BLOCK, 0, OURS))).containsExactly(Errno.EEXIST);
        assertThat(kernel().observeFib().routes().protocol(rowOf(BLOCK))).isEqualTo(FOREIGN);
    }

    @Test
    void deleteLeavesForeignRoutes() {
        addForeignBlackhole(BLOCK);

        assertThat(errnos(new Change.DeleteRoute(BLOCK, RouteTable.LAST_METRIC, RouteTable.BLACKHOLE, OURS)))
                .containsExactly(Errno.ESRCH);
        assertThat(rowOf(BLOCK)).isNotNegative();
    }

    @Test
    void deletesOurRoutes() {
        succeed(
                nextHop(ID, PEER),
                new Change.AddRoute(BLOCK, ID, OURS),
                new Change.AddRoute(OTHER_BLOCK, 0, OURS),
                new Change.DeleteRoute(BLOCK, 0, RouteTable.UNICAST, OURS),
                new Change.DeleteRoute(OTHER_BLOCK, RouteTable.LAST_METRIC, RouteTable.BLACKHOLE, OURS));

        assertThat(rowOf(BLOCK)).isNegative();
        assertThat(rowOf(OTHER_BLOCK)).isNegative();
    }

    @Test
    void whatIsNotThereCannotBeDeleted() {
        assertThat(errnos(
                        new Change.DeleteRoute(BLOCK, 0, RouteTable.UNICAST, OURS),
                        new Change.DeleteNextHop(ID),
                        new Change.DeleteAddress(underlay().index(), "eth0", InterfaceAddress.parse("10.9.9.9/32"))))
                .containsExactly(Errno.ESRCH, Errno.ENOENT, Errno.EADDRNOTAVAIL);
    }

    @Test
    void aNextHopTakesItsRoutesWithIt() {
        succeed(
                nextHop(ID, PEER),
                new Change.AddRoute(BLOCK, ID, OURS),
                new Change.AddRoute(OTHER_BLOCK, 0, OURS),
                new Change.DeleteNextHop(ID));

        assertThat(rowOf(BLOCK)).isNegative();
        assertThat(rowOf(OTHER_BLOCK)).isNotNegative();
    }

    @Test
    void anIdThatIsTakenStaysAsItIs() {
        succeed(nextHop(ID, PEER));

        assertThat(errnos(nextHop(ID, OTHER_PEER))).containsExactly(Errno.EEXIST);
        assertThat(kernel().observeFib().nextHops())
                .filteredOn(hop -> hop.id() == ID)
                .extracting(hop -> hop.gateway().orElseThrow())
                .containsExactly(PEER);
    }

    @Test
    void aDeviceThatGoesDownDropsNextHopsAndRoutes() {
        succeed(nextHop(ID, PEER), new Change.AddRoute(BLOCK, ID, OURS));

        setUnderlayDown();

        assertThat(rowOf(BLOCK)).isNegative();
        assertThat(kernel().observeFib().nextHops()).noneMatch(hop -> hop.id() == ID);
        assertThat(underlay().up()).isFalse();
        assertThat(errnos(nextHop(ID, PEER))).containsExactly(Errno.ENETDOWN);
    }

    @Test
    void goesOnPastAFailure() {
        assertThat(errnos(
                        new Change.AddRoute(BLOCK, 0, OURS),
                        new Change.AddRoute(BLOCK, 0, OURS),
                        new Change.AddRoute(OTHER_BLOCK, ID, OURS),
                        new Change.AddRoute(OTHER_BLOCK, 0, OURS)))
                .containsExactly(0, Errno.EEXIST, Errno.EINVAL, 0);
        assertThat(rowOf(OTHER_BLOCK)).isNotNegative();
    }

    @Test
    void carriesOutManyChangesInOneGo() {
        Change[] changes = new Change[3000];
        changes[0] = nextHop(ID, PEER);
        for (int i = 1; i < changes.length; i++) {
            changes[i] = new Change.AddRoute(new Prefix((172 << 24) + (i << 8), 24), ID, OURS);
        }
        succeed(changes);

        RouteTable routes = kernel().observeFib().routes();
        int ours = 0;
        for (int row = 0; row < routes.size(); row++) {
            assertThat(row == 0 || routes.key(row - 1) <= routes.key(row)).isTrue();
            ours += routes.protocol(row) == OURS ? 1 : 0;
        }
        assertThat(ours).isEqualTo(changes.length - 1);
    }

    @Test
    void addsAndDeletesAddresses() {
        InterfaceAddress added = InterfaceAddress.parse("192.168.0.1/32");
        Change add = new Change.AddAddress(underlay().index(), "eth0", added);

        assertThat(errnos(add, add)).containsExactly(0, Errno.EEXIST);
        assertThat(underlay().addresses()).contains(added);

        succeed(new Change.DeleteAddress(underlay().index(), "eth0", added));
        assertThat(underlay().addresses()).doesNotContain(added);
    }

    @Test
    void setsMtu() {
        succeed(new Change.SetMtu(underlay().index(), "eth0", 1400));

        assertThat(underlay().mtu()).isEqualTo(1400);
        assertThat(underlay().up()).isTrue();
    }

    @Test
    void anUnknownDeviceHasNoNextHops() {
        assertThat(errnos(new Change.AddNextHop(ID, PEER, 99999, "gone", OURS))).containsExactly(Errno.EINVAL);
    }

    @Test
    void forgetsUntranslatedFlowsOnly() {
        Prefix pool = Prefix.parse("192.168.0.0/16");
        Prefix all = Prefix.parse("0.0.0.0/0");
        Address workload = Address.parse("192.168.0.5");
        Address outside = Address.parse("10.0.1.99");
        beginFlow(workload, outside, false);
        beginFlow(workload, Address.parse("10.0.1.98"), false);
        beginFlow(workload, Address.parse("192.168.7.7"), false);
        beginFlow(Address.parse("10.0.1.11"), outside, false);
        beginFlow(workload, Address.parse("10.0.1.97"), true);

        List<Prefix> kept = List.of(pool, Prefix.parse("10.0.1.98/32"));
        assertThat(kernel().forgetFlows(List.of(pool), kept)).isEqualTo(1);
        assertThat(kernel().forgetFlows(List.of(pool), kept)).isZero();
        assertThat(kernel().forgetFlows(List.of(pool), List.of(pool))).isEqualTo(1);
        assertThat(kernel().forgetFlows(List.of(), List.of())).isZero();
        assertThat(kernel().forgetFlows(List.of(all), List.of())).isEqualTo(2);
        assertThat(kernel().forgetFlows(List.of(all), List.of())).isZero();
    }
}
