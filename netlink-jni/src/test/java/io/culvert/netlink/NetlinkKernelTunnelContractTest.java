package io.culvert.netlink;

import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.TunnelContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/** Needs a kernel with ipip, so the lab runs it. */
@Tag("ipip")
class NetlinkKernelTunnelContractTest extends TunnelContract {

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
}
