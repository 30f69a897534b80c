package io.culvert.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.DefaultPath;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only Linux can be asked; the rest of the port's promises is in the contract. */
class NetlinkKernelTest {

    private static final int OURS = 90;
    private static final Prefix BLOCK = Prefix.parse("192.168.0.64/26");
    private static final int ID = 0x43000000;

    private final TestNamespace namespace = new TestNamespace();
    private final NetlinkKernel kernel = NetlinkKernel.open(namespace.path());

    @AfterEach
    void close() {
        kernel.close();
        namespace.close();
    }

    private int underlay() {
        return kernel.observeLinks().named("eth0").orElseThrow().index();
    }

    private Change nextHop(int id) {
        return new Change.AddNextHop(id, Address.parse("172.16.0.9"), underlay(), "eth0", OURS);
    }

    private Outcome apply(Change change) {
        return kernel.apply(List.of(change)).get(0);
    }

    @Test
    void passesOnTheKernelsExplanation() {
        Change unknownNextHop = new Change.AddRoute(BLOCK, ID, OURS);

        assertThat(apply(unknownNextHop))
                .isEqualTo(new Outcome(unknownNextHop, Errno.EINVAL, "Nexthop id does not exist"));
    }

    @Test
    void refusesALongDeviceName() {
        Change create = new Change.CreateTunnel("a-name-longer-than-15", new Address(0), 1480);

        assertThat(apply(create)).isEqualTo(new Outcome(create, Errno.EINVAL, "device name must have 1 to 15 bytes"));
    }

    @Test
    void readsKindsOfLinks() {
        assertThat(kernel.observeLinks().named("eth0").orElseThrow().kind()).isEqualTo("veth");
        assertThat(kernel.observeLinks().named("lo").orElseThrow().kind()).isEmpty();
        assertThat(kernel.observeLinks().named("lo").orElseThrow().addresses())
                .containsExactly(InterfaceAddress.parse("127.0.0.1/8"));
    }

    @Test
    void setsLinksUp() {
        namespace.run("ip link set eth0 down");
        assertThat(kernel.observeLinks().named("eth0").orElseThrow().up()).isFalse();

        assertThat(apply(new Change.SetUp(underlay(), "eth0")).errno()).isZero();
        assertThat(kernel.observeLinks().named("eth0").orElseThrow().up()).isTrue();
    }

    @Test
    void deletesLinks() {
        Change delete = new Change.DeleteLink(underlay(), "eth0");

        assertThat(apply(delete).errno()).isZero();
        assertThat(apply(delete).errno()).isEqualTo(Errno.ENODEV);
        assertThat(kernel.observeLinks().named("eth0")).isEmpty();
    }

    @Test
    void readsForeignRoutes() {
        namespace.run("ip route add 192.168.0.64/26 via 10.0.1.99 proto 17 metric 7");
        namespace.run("ip route add 192.168.0.64/26 via 10.0.1.98 proto 17");
        namespace.run("ip route add 192.168.0.64/26 via 10.0.1.97 proto 17 table 100");
        namespace.run("ip route add 192.168.0.64/26 via 10.0.1.96 proto 17 tos 8");

        RouteTable routes = kernel.observeFib().routes();
        int row = routes.firstAtOrAfter(BLOCK.key());
        assertThat(routes.prefix(row)).isEqualTo(BLOCK);
        assertThat(routes.metric(row)).isZero();
        assertThat(routes.gateway(row)).isEqualTo(Address.parse("10.0.1.98"));
        assertThat(routes.device(row)).isEqualTo(underlay());
        assertThat(routes.protocol(row)).isEqualTo(17);
        assertThat(routes.nextHop(row)).isZero();
        assertThat(routes.metric(row + 1)).isEqualTo(7);
        assertThat(routes.gateway(row + 1)).isEqualTo(Address.parse("10.0.1.99"));
        assertThat(routes.size()).isEqualTo(row + 2);
    }

    @Test
    void deletesByMetric() {
        namespace.run("ip route add blackhole 192.168.0.64/26 proto 90 metric 7");

        assertThat(apply(new Change.DeleteRoute(BLOCK, 8, RouteTable.BLACKHOLE, OURS))
                        .errno())
                .isEqualTo(Errno.ESRCH);
        assertThat(apply(new Change.DeleteRoute(BLOCK, 7, RouteTable.BLACKHOLE, OURS))
                        .errno())
                .isZero();
    }

    @Test
    void readsForeignNextHops() {
        namespace.run("ip nexthop add id 1 blackhole");
        namespace.run("ip nexthop add id 2 via 10.0.1.12 dev eth0 proto 11");
        namespace.run("ip nexthop add id 3 group 2");
        namespace.run("ip nexthop add id 4 via fe80::9 dev eth0");
        namespace.run("ip nexthop add id 5 via 10.0.1.13 fdb");

        int eth0 = underlay();
        FibState fib = kernel.observeFib();
        assertThat(fib.nextHops()).extracting(NextHop::id).containsExactly(1, 2, 3, 4, 5);
        assertThat(fib.nextHops())
                .extracting(NextHop::gateway)
                .containsExactly(
                        Optional.empty(),
                        Optional.of(Address.parse("10.0.1.12")),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
        assertThat(fib.nextHops().get(1))
                .isEqualTo(new NextHop(2, Optional.of(Address.parse("10.0.1.12")), eth0, false, 11));
        assertThat(fib.nextHops().get(0).device()).isZero();
    }

    @Test
    void readsEveryHopOfDefaultRoutes() {
        namespace.run("ip addr add 10.0.1.21/24 dev eth0");
        namespace.run("ip route add default metric 9 src 10.0.1.21"
                + " nexthop via 10.0.1.1 dev eth0 nexthop via 10.0.1.2 dev eth0");
        namespace.run("ip route add default via 10.0.1.3 dev eth0 metric 5");
        namespace.run("ip route add unreachable default metric 99");

        assertThat(kernel.observeFib().defaultPaths())
                .containsExactly(path("10.0.1.3", ""), path("10.0.1.1", "10.0.1.21"), path("10.0.1.2", "10.0.1.21"));
        RouteTable routes = kernel.observeFib().routes();
        assertThat(routes.metric(1)).as("one row for a route").isEqualTo(9);
        assertThat(routes.gateway(1)).isEqualTo(Address.parse("10.0.1.1"));
        assertThat(routes.metric(2)).isEqualTo(99);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void readsNextHopObjectsOfDefaultRoutes(int compatible) {
        namespace.run("echo " + compatible + " >/proc/sys/net/ipv4/nexthop_compat_mode");
        namespace.run("ip nexthop add id 1 via 10.0.1.1 dev eth0");
        namespace.run("ip nexthop add id 2 via 10.0.1.2 dev eth0");
        namespace.run("ip nexthop add id 3 group 1/2");
        namespace.run("ip nexthop add id 4 via fe80::9 dev eth0");
        namespace.run("ip route add default nhid 2");
        namespace.run("ip route add default nhid 3 metric 7");
        namespace.run("ip route add default nhid 4 metric 8");

        assertThat(kernel.observeFib().defaultPaths())
                .containsExactly(path("10.0.1.2", ""), path("10.0.1.1", ""), path("", ""));
    }

    private DefaultPath path(String gateway, String source) {
        return new DefaultPath(optional(gateway), underlay(), optional(source));
    }

    private static Optional<Address> optional(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(Address.parse(text));
    }

    @Test
    void appliesMoreChangesThanFitOneBatch() {
        List<Change> changes = new ArrayList<>(List.of(nextHop(ID)));
        for (int i = 0; i < 3 * NetlinkSocket.BATCH_CAPACITY; i++) {
            changes.add(new Change.AddRoute(new Prefix((172 << 24) + (i << 8), 24), i % 2 == 0 ? ID : ID + 1, OURS));
        }

        List<Outcome> outcomes = kernel.apply(changes);

        assertThat(outcomes).extracting(Outcome::change).isEqualTo(changes);
        for (int i = 1; i < outcomes.size(); i++) {
            assertThat(outcomes.get(i).errno()).isEqualTo(i % 2 == 1 ? 0 : Errno.EINVAL);
        }
    }

    /** Devices are added and deleted until a dump is interrupted: every result is complete nevertheless. */
    @Test
    void repeatsAnInterruptedDump() {
        namespace.run("for i in $(seq 100); do echo link add many$i type veth peer name p$i; done | ip -batch -");
        int standing = kernel.observeLinks().links().size();
        Process churn =
                namespace.start("while :; do ip link add churn0 type veth peer name churn1; ip link del churn0; done");
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (kernel.interruptedDumps() == 0 && System.nanoTime() < deadline) {
                assertThat(kernel.observeLinks().links()).hasSizeBetween(standing, standing + 2);
            }
        } finally {
            churn.destroyForcibly();
        }
        assertThat(kernel.interruptedDumps()).isPositive();
    }

    @Test
    void refusesOtherChanges() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> apply(new Change.SetSysctl("net/ipv4/ip_forward", 1)));
    }

    @Test
    void namesAMissingNamespace() {
        assertThatExceptionOfType(KernelException.class)
                .isThrownBy(() -> NetlinkKernel.open(Path.of("/run/netns/no-such-namespace")))
                .withMessage("cannot open a netlink socket in network namespace /run/netns/no-such-namespace: ENOENT; "
                        + "no such namespace")
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }

    @Test
    void refusesToWorkAfterClose() {
        kernel.close();
        kernel.close();

        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(kernel::observeFib);
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> apply(nextHop(ID)));
    }
}
