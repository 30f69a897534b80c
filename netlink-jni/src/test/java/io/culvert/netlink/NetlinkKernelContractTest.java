package io.culvert.netlink;

import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelContract;
import io.culvert.reconciler.net.Address;
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

    /** The first packet is enough; nobody answers. A rule that reads its state makes the kernel track connections. */
    @Override
    protected void beginFlow(Address source, Address destination, boolean translated) {
        namespace.run(
                "nft add table ip track; nft 'add chain ip track output { type filter hook output priority 0; }'; "
                        + "nft add rule ip track output ct state new counter");
        if (translated) {
            namespace.run("nft 'add chain ip track postrouting { type nat hook postrouting priority 100; }'; "
                    + "nft add rule ip track postrouting ip saddr " + source + " masquerade");
        }
        namespace.run("ip addr replace " + source + "/32 dev eth0; ip route replace " + destination
                + " dev eth0; ip neigh replace " + destination + " lladdr 02:00:00:00:00:01 dev eth0; "
                + "ping -c 1 -W 1 -I " + source + " " + destination + " > /dev/null || [ $? = 1 ]");
    }

    @Override
    protected void setUnderlayDown() {
        namespace.run("ip link set eth0 down");
    }
}
