package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Another program's ipip device between n1 and n2: the kernel prefers it to a device with any remote. */
@InLab
@Order(15)
class TunnelRivalTest {

    private static final String FORGED = "172.31.0.9";

    private final Lab lab;

    TunnelRivalTest(Lab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void anotherTunnel() {
        lab.withPool(Pool.ALWAYS);
        lab.n1.run("ip", "link", "add", "tun7", "type", "ipip", "local", lab.n1.address, "remote", lab.n2.address);
        lab.n1.run("ip", "link", "set", "tun7", "up");
        lab.n1.run("sysctl", "-q", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.tun7.rp_filter=0");
        lab.n1.run("sysctl", "-q", "net.ipv4.conf.tun7.forwarding=1");
        Command.run(Lab.in("p2", "ip", "address", "add", FORGED + "/32", "dev", "eth0"));
        Eventually.passes(() -> assertThat(state()).contains("tun7 (ipip"));
    }

    @AfterEach
    void goes() {
        lab.n1.run("ip", "link", "del", "tun7");
        Command.run(Lab.in("p2", "ip", "address", "del", FORGED + "/32", "dev", "eth0"));
        Eventually.passes(() -> assertThat(state()).doesNotContain("tun7 (ipip"));
    }

    private String state() {
        return lab.n1.http("/state").body();
    }

    @Test
    void isNamedAndFiltered() {
        assertThat(state())
                .contains(
                        "tun7 (ipip, local " + lab.n1.address + ", remote " + lab.n2.address
                                + ") receives tunnel packets of peers",
                        "'ip link del tun7'");
        try (Capture inside = Capture.on("p1", "eth0", "icmp")) {
            assertThat(Ping.reaches("p2", lab.n1.workload())).isTrue();
            Command.attempt(
                    Lab.in("p2", "ping", "-q", "-c", "3", "-i", "0.05", "-W", "1", "-I", FORGED, lab.n1.workload()));
            assertThat(Ping.reaches("p2", lab.n1.workload())).isTrue();
            inside.await("IP " + lab.n2.workload() + " > " + lab.n1.workload());
            assertThat(inside.count(FORGED)).isZero();
        }
    }

    @Test
    void itsLossIsNamed() {
        lab.n1.run("sysctl", "-q", "net.ipv4.conf.tun7.rp_filter=1");
        Eventually.passes(() -> assertThat(state()).contains("drops them, because rp_filter is strict there"));
        assertThat(Ping.getsNoAnswer("p2", lab.n1.workload())).isTrue();
    }
}
