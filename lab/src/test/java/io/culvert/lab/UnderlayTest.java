package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What becomes of the device that carries the node's address, the tunnel follows. */
@InLab
@Order(12)
class UnderlayTest {

    private final Lab lab;

    UnderlayTest(Lab lab) {
        this.lab = lab;
    }

    @Test
    void theTunnelFollowsItsMtu() {
        lab.withPool(Pool.ALWAYS);
        assertThat(tunnel()).contains("mtu 1480");

        lab.n1.run("ip", "link", "set", "eth0", "mtu", "1400");
        Eventually.passes(() -> assertThat(tunnel()).contains("mtu 1380"));
        Eventually.passes(
                () -> assertThat(lab.n1.metric("culvert_tunnel_mtu_bytes")).isEqualTo(1380));
        lab.everyWorkloadReachesEveryOther();

        lab.n1.run("ip", "link", "set", "eth0", "mtu", "1500");
        Eventually.passes(() -> assertThat(tunnel()).contains("mtu 1480"));
    }

    @Test
    void directRoutesComeBackWithIt() {
        lab.withPool(Pool.ALWAYS.withMode("CrossSubnet"));
        KernelPicture whole = lab.n1.picture();

        lab.n1.run("ip", "link", "set", "eth0", "down");
        assertThat(lab.n1.route(lab.block(lab.n2))).isEmpty();
        lab.n1.run("ip", "link", "set", "eth0", "up");
        lab.n1.run("ip", "route", "add", "default", "via", "10.0.1.1");

        Eventually.passes(() -> assertThat(lab.n1.picture().lines()).containsExactlyElementsOf(whole.lines()));
        lab.everyWorkloadReachesEveryOther();
    }

    private String tunnel() {
        return lab.n1.run("ip", "-o", "link", "show", "culvert0");
    }
}
