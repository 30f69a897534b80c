package io.culvert.reconciler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.FakeKernel.Flow;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens when connection tracking refuses; the rest is a scenario. */
class UntranslatedFlowsTest {

    private static final Flow DEAD = new Flow(Address.parse("192.168.0.5"), Address.parse("8.8.8.8"), false);

    private final FakeKernel kernel = new FakeKernel();
    private final Datastore datastore = new Datastore();
    private final Reconciler reconciler =
            new Reconciler(kernel, kernel, kernel, NodeN1.settings(), attempt -> 1000, () -> 0);

    @BeforeEach
    void begin() {
        kernel.addLink("eth0", "veth", 1500, NodeN1.ADDRESS);
        kernel.setSysctl("net/ipv4/ip_forward", 1);
        for (String line : List.of("pool web 192.168.0.0/16 Never nat", "node n1 10.0.1.11/24")) {
            assertThat(datastore.carryOut(List.of(line.split(" ")))).isTrue();
        }
        kernel.beginFlow(DEAD);
    }

    private Report cycle(long now) {
        return reconciler.reconcile(datastore.snapshot(), Trigger.RETRY, KernelNews.NONE, now);
    }

    private void refuse(int errno) {
        kernel.inject(change -> change.kind() == Change.Kind.FLOW ? errno : 0);
    }

    @Test
    void aRefusalIsAnObstacleAndRetried() {
        refuse(Errno.EBUSY);
        Report report = cycle(0);
        assertThat(report.obstacles())
                .extracting(obstacle -> obstacle.subject())
                .containsExactly("connection tracking");
        assertThat(report.nextDueMillis()).isEqualTo(OptionalLong.of(1000));
        assertThat(cycle(500).converged()).isFalse();

        refuse(0);
        assertThat(cycle(999).converged()).isFalse();
        assertThat(cycle(1000).converged()).isTrue();
        assertThat(kernel.flows()).isEmpty();
    }

    @Test
    void aKernelThatCannotDoItIsAWarning() {
        refuse(Errno.EOPNOTSUPP);
        Report report = cycle(0);

        assertThat(report.converged()).isTrue();
        assertThat(report.warnings()).singleElement().asString().contains("modprobe nf_conntrack_netlink");
        assertThat(kernel.flows()).containsExactly(DEAD);
    }

    @Test
    void theNodesOwnAddressesAreNoneOfThem() {
        Flow toTheNode = new Flow(Address.parse("192.168.0.5"), Address.parse("172.16.5.5"), false);
        kernel.beginFlow(toTheNode);
        kernel.addLink("eth1", "veth", 1500, InterfaceAddress.parse("172.16.5.5/24"));

        cycle(0);

        assertThat(kernel.flows()).containsExactly(toTheNode);
    }
}
