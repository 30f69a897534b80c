package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A router on the way to n3 has a smaller MTU than the nodes' devices, and nobody has learned it yet. */
@InLab
@Order(13)
class PathMtuTest {

    private static final String FITS_THE_TUNNEL = "1372";

    private final Lab lab;

    PathMtuTest(Lab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void narrowWay() {
        lab.withPool(Pool.ALWAYS);
        String device = Command.run(Lab.in("router", "ip", "-o", "route", "get", lab.n3.address))
                .split(" dev ")[1]
                .split(" ")[0];
        Command.run(Lab.in("router", "ip", "route", "replace", lab.n3.address, "dev", device, "mtu", "1400"));
        forget();
    }

    @AfterEach
    void wideWay() {
        Command.run(Lab.in("router", "ip", "route", "del", lab.n3.address));
        forget();
    }

    private void forget() {
        for (String namespace : new String[] {"n1", "n3", "p1", "p3", "router"}) {
            Command.run(Lab.in(namespace, "ip", "route", "flush", "cache"));
        }
    }

    private Command ping(String discovery) {
        return Command.attempt(Lab.in(
                "p1",
                "ping",
                "-c",
                "5",
                "-i",
                "0.1",
                "-W",
                "2",
                "-M",
                discovery,
                "-s",
                FITS_THE_TUNNEL,
                lab.n3.workload()));
    }

    private String explained() {
        return lab.n1.culvert("explain", lab.n3.workload()).out();
    }

    @Test
    void whatMayBeFragmentedArrives() {
        assertThat(ping("dont").out()).contains(" 0% packet loss");
    }

    @Test
    void whatMayNotIsRefusedWithThePathsMtu() {
        assertThat(ping("do").out()).contains("mtu = 1380");
        assertThat(ping("want").out()).as("the sender has learned it").contains(" 0% packet loss");
        assertThat(explained()).contains("path MTU", "1400 to " + lab.n3.address, "1380 for workloads");

        forget();
        assertThat(explained()).doesNotContain("path MTU");
    }

    /** The other setting, to show that it is the one that counts. */
    @Test
    void itWouldBeLostWithPathDiscoveryByTheTunnel() {
        lab.n1.whileAgentIsFrozen(() -> {
            lab.n1.run(
                    "ip",
                    "link",
                    "set",
                    "culvert0",
                    "type",
                    "ipip",
                    "local",
                    lab.n1.address,
                    "remote",
                    "any",
                    "pmtudisc");
            assertThat(ping("dont").out()).contains(" 100% packet loss");
            assertThat(ping("dont").out()).contains(" 100% packet loss");
        });
        Eventually.passes(() ->
                assertThat(lab.n1.run("ip", "-d", "link", "show", "culvert0")).contains("nopmtudisc"));
    }
}
