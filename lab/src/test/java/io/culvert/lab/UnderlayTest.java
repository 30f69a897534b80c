package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What becomes of the device that carries the node's address, the tunnel follows. */
@InLab
@Order(12)
class UnderlayTest {

    /** A connection to etcd from an address that is gone is given up after 20 s; the rest is for a slow machine. */
    private static final Duration RECONNECTED = Duration.ofMinutes(2);

    private final Lab lab;

    UnderlayTest(Lab lab) {
        this.lab = lab;
    }

    /** Also when a test failed in the middle of a change: later classes use the same machines. */
    @AfterEach
    void asItWas() {
        Command.attempt(Lab.in("n1", "sh", "-c", """
                ip link set lan0 down && ip link set lan0 name eth0
                ip link del br0
                ip link set eth0 nomaster mtu 1500 up
                ip address show dev eth0 | grep -q 'inet 10.0.1.11/24' || {
                    ip address flush dev eth0
                    ip address add 10.0.1.11/24 dev eth0
                }
                ip address del 10.9.9.1/32 dev lo
                ip route replace default via 10.0.1.1
                true"""));
        Command.attempt(Lab.in("router", "sh", "-c", """
                ip route del 10.9.9.1
                for address in 10.0.1.21 10.9.9.1; do nft delete element ip cloud machines "{ $address }"; done
                true"""));
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
        asANetworkManagerDoes("eth0");

        becomes(whole.lines());
    }

    /** Both ways: the direct route and the tunnel's. */
    @Test
    void routesFollowItToAnotherName() {
        lab.withPool(Pool.ALWAYS.withMode("CrossSubnet"));
        KernelPicture whole = lab.n1.picture();

        rename("eth0", "lan0");
        becomes(whole.lines().stream()
                .map(line -> line.replaceAll("\\beth0\\b", "lan0"))
                .sorted()
                .toList());
        lab.n1.run("ip", "route", "del", lab.block(lab.n2));
        lab.n1.run("ip", "route", "del", lab.block(lab.n3));
        Eventually.passes(() -> assertThat(lab.n1.route(lab.block(lab.n2))).contains("dev lan0"));
        Eventually.passes(() -> assertThat(lab.n1.route(lab.block(lab.n3))).contains("dev culvert0"));

        rename("lan0", "eth0");
        becomes(whole.lines());
    }

    private void rename(String device, String name) {
        lab.n1.run("ip", "link", "set", device, "down");
        lab.n1.run("ip", "link", "set", device, "name", name);
        lab.n1.run("ip", "link", "set", name, "up");
        asANetworkManagerDoes(name);
    }

    /** As when a host gets a bridge: with another MTU, which the tunnel takes over. */
    @Test
    void routesAndTunnelFollowTheAddressToAnotherDevice() {
        lab.withPool(Pool.ALWAYS.withMode("CrossSubnet"));
        KernelPicture whole = lab.n1.picture();

        lab.n1.run("ip", "link", "add", "br0", "type", "bridge");
        lab.n1.run("ip", "link", "set", "br0", "up", "mtu", "1400");
        lab.n1.run("ip", "link", "set", "eth0", "master", "br0");
        moveAddress("eth0", "br0");
        Eventually.passes(() -> assertThat(lab.n1.route(lab.block(lab.n2))).contains("via 10.0.1.12 dev br0"));
        Eventually.passes(() -> assertThat(tunnel()).contains("mtu 1380"));
        Eventually.passes(() -> assertThat(lab.n1.isReady()).isTrue());
        assertThat(lab.n1.run("ip", "nexthop", "show", "proto", "90")).doesNotContain("dev eth0");
        lab.everyWorkloadReachesEveryOther();

        lab.n1.run("ip", "link", "set", "eth0", "nomaster");
        moveAddress("br0", "eth0");
        lab.n1.run("ip", "link", "del", "br0");
        becomes(whole.lines());
    }

    /** As DHCP changes it: device, filter and peers' next hops follow, over connections to etcd that the old address had. */
    @Test
    void tunnelAndPeersFollowANewAddress() {
        lab.withPool(Pool.ALWAYS);
        KernelPicture whole = lab.n1.picture();

        knownToRouter("10.0.1.21");
        changeAddress("10.0.1.11/24", "10.0.1.21/24");
        Eventually.passes(() ->
                assertThat(lab.n1.run("ip", "-d", "link", "show", "culvert0")).contains("local 10.0.1.21"));
        Eventually.passes(
                RECONNECTED,
                () -> assertThat(lab.n2.run("ip", "nexthop", "show", "proto", "90"))
                        .contains("via 10.0.1.21 dev culvert0")
                        .doesNotContain("via 10.0.1.11 "));
        lab.everyWorkloadReachesEveryOther();

        changeAddress("10.0.1.21/24", "10.0.1.11/24");
        Eventually.passes(
                RECONNECTED, () -> assertThat(lab.n1.picture().lines()).containsExactlyElementsOf(whole.lines()));
        becomes(whole.lines());
    }

    /** As in a routed fabric: packets leave by eth0, and the loopback's MTU says nothing about them. */
    @Test
    void theAddressMayBeOnTheLoopback() {
        lab.withPool(Pool.ALWAYS);
        KernelPicture whole = lab.n1.picture();
        lab.n1.stopAgent();
        lab.n1.run("ip", "address", "add", "10.9.9.1/32", "dev", "lo");
        Command.run(Lab.in("router", "ip", "route", "add", "10.9.9.1", "via", "10.0.1.11"));
        knownToRouter("10.9.9.1");
        lab.n1.startAgent("--node-address", "10.9.9.1/32");
        try {
            Eventually.passes(() -> assertThat(lab.n1.isReady()).isTrue());
            assertThat(tunnel()).contains("mtu 1480");
            for (LabNode peer : List.of(lab.n2, lab.n3)) {
                Eventually.passes(() -> assertThat(peer.run("ip", "nexthop", "show", "proto", "90"))
                        .contains("via 10.9.9.1 dev culvert0"));
            }
            Eventually.passes(lab::everyWorkloadReachesEveryOther);
        } finally {
            lab.n1.stopAgent();
            asItWas();
            lab.startAgents();
        }
        becomes(whole.lines());
    }

    /** It drops what comes from a machine that it does not know. */
    private static void knownToRouter(String address) {
        Command.run(Lab.in("router", "nft", "add", "element", "ip", "cloud", "machines", "{ " + address + " }"));
    }

    private void changeAddress(String from, String to) {
        lab.n1.run("ip", "address", "del", from, "dev", "eth0");
        lab.n1.run("ip", "address", "add", to, "dev", "eth0");
        asANetworkManagerDoes("eth0");
    }

    private void moveAddress(String from, String to) {
        lab.n1.run("ip", "address", "del", "10.0.1.11/24", "dev", from);
        lab.n1.run("ip", "address", "add", "10.0.1.11/24", "dev", to);
        asANetworkManagerDoes(to);
    }

    private void asANetworkManagerDoes(String device) {
        lab.n1.run("ip", "route", "replace", "default", "via", "10.0.1.1", "dev", device);
    }

    private void becomes(List<String> lines) {
        Eventually.passes(() -> assertThat(lab.n1.picture().lines()).containsExactlyElementsOf(lines));
        Eventually.passes(() -> assertThat(lab.n1.isReady()).isTrue());
        lab.everyWorkloadReachesEveryOther();
    }

    private String tunnel() {
        return lab.n1.run("ip", "-o", "link", "show", "culvert0");
    }
}
