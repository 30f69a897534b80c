package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.util.List;
import java.util.Optional;

class FakeKernelContractTest extends KernelContract {

    private final FakeKernel kernel = new FakeKernel();

    FakeKernelContractTest() {
        kernel.addLink("eth0", "veth", 1500, InterfaceAddress.parse("10.0.1.11/24"));
    }

    @Override
    protected Kernel kernel() {
        return kernel;
    }

    @Override
    protected void addForeignBlackhole(Prefix prefix) {
        kernel.putRoute(new FakeKernel.Route(
                prefix, RouteTable.LAST_METRIC, 0, Optional.empty(), 0, RouteTable.BLACKHOLE, FOREIGN));
    }

    @Override
    protected void beginFlow(Address source, Address destination, boolean translated) {
        kernel.beginFlow(new FakeKernel.Flow(source, destination, translated));
    }

    @Override
    protected void setUnderlayDown() {
        kernel.changeLink(
                "eth0",
                link -> new Link(link.index(), link.name(), link.kind(), false, link.mtu(), link.ipip(), List.of()));
    }
}
