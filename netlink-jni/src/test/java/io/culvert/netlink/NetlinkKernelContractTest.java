package io.culvert.netlink;

import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelContract;
import io.culvert.reconciler.net.Prefix;
import org.junit.jupiter.api.AfterEach;

class NetlinkKernelContractTest extends KernelContract {

    private final TestNamespace namespace = new TestNamespace();
    private final NetlinkKernel kernel = NetlinkKernel.open(namespace.path());

    @AfterEach
    void close() {
        kernel.close();
        namespace.close();
    }

    @Override
    protected Kernel kernel() {
        return kernel;
    }

    @Override
    protected void addForeignBlackhole(Prefix prefix) {
        namespace.run("ip route add blackhole " + prefix + " proto " + FOREIGN + " metric 4294967295");
    }

    @Override
    protected void setUnderlayDown() {
        namespace.run("ip link set eth0 down");
    }
}
