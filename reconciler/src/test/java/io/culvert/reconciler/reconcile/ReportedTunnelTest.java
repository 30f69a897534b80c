package io.culvert.reconciler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.Link;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** A report has the tunnel device's MTU as observed, not as desired. */
class ReportedTunnelTest {

    private final FakeKernel kernel = new FakeKernel();
    private final Datastore datastore = new Datastore();
    private final Reconciler reconciler = newReconciler();

    private Reconciler newReconciler() {
        kernel.addLink("eth0", "veth", 1500, NodeN1.ADDRESS);
        kernel.setSysctl("net/ipv4/ip_forward", 1);
        return new Reconciler(kernel, kernel, kernel, NodeN1.settings(), attempt -> 1000, () -> 0);
    }

    private void etcd(String line) {
        assertThat(datastore.carryOut(List.of(line.split(" ")))).isTrue();
    }

    private OptionalInt mtuAfterCycle() {
        return reconciler
                .reconcile(datastore.snapshot(), Trigger.RESYNC, KernelNews.NONE, 0)
                .tunnelMtu();
    }

    private void poolWithMode(String mode) {
        etcd("pool web 192.168.0.0/16 " + mode);
        etcd("node n1 10.0.1.11/24 tunnel 192.168.0.128");
        etcd("block 192.168.0.128/26 n1");
    }

    @Test
    void whileThereIsADeviceItsMtu() {
        poolWithMode("Always");
        assertThat(mtuAfterCycle()).hasValue(1480);
    }

    @Test
    void noneOnceTheDeviceIsGone() {
        poolWithMode("Always");
        mtuAfterCycle();
        poolWithMode("Never");
        assertThat(mtuAfterCycle()).isEmpty();
        assertThat(kernel.observeLinks().named("culvert0")).isEmpty();
    }

    @Test
    void noneWhereTheDeviceCannotBeMade() {
        kernel.inject(change -> change instanceof Change.CreateTunnel ? Errno.EOPNOTSUPP : 0);
        poolWithMode("Always");
        assertThat(mtuAfterCycle()).isEmpty();
    }

    @Test
    void whatTheDeviceHasWhereItDoesNotLetItBeChanged() {
        poolWithMode("Always");
        mtuAfterCycle();
        kernel.changeLink(
                "eth0",
                link -> new Link(
                        link.index(), link.name(), link.kind(), link.up(), 1400, link.ipip(), link.addresses()));
        kernel.inject(change -> change instanceof Change.SetMtu ? Errno.EINVAL : 0);
        assertThat(mtuAfterCycle()).hasValue(1480);
    }
}
