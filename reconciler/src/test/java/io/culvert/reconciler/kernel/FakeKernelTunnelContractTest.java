package io.culvert.reconciler.kernel;

class FakeKernelTunnelContractTest extends TunnelContract {

    private final FakeKernel kernel = new FakeKernel();

    @Override
    protected Kernel kernel() {
        return kernel;
    }
}
