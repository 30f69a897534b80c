package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Tunnel packets from a node, so with an outer source that is let in, whose inner source nobody was ever given. */
@InLab
@Order(8)
class ForgedSourceTest {

    private static final String FORGED = "172.31.0.9";
    private static final String POOL_OF_FORGED = Pool.PREFIX + "forged";
    private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");

    private final Lab lab;

    ForgedSourceTest(Lab lab) {
        this.lab = lab;
    }

    /** The node masquerades its own addresses, so a workload forges this one. */
    @BeforeEach
    void workloadWithAnAddressOfNoPool() {
        lab.withPool(Pool.ALWAYS);
        Command.run(Lab.in("p2", "ip", "address", "add", FORGED + "/32", "dev", "eth0"));
    }

    @AfterEach
    void takeTheAddressAway() {
        Command.run(Lab.in("p2", "ip", "address", "del", FORGED + "/32", "dev", "eth0"));
        lab.etcd.deleteAll(POOL_OF_FORGED);
        lab.startAgents();
    }

    private String inTheTunnel() {
        return "IP " + lab.n2.address + " > " + lab.n1.address + ": IP " + FORGED + " > " + lab.n1.workload();
    }

    private String delivered() {
        return "IP " + FORGED + " > " + lab.n1.workload() + ": ICMP echo request";
    }

    private void ping() {
        Command.attempt(
                Lab.in("p2", "ping", "-q", "-c", "3", "-i", "0.05", "-W", "1", "-I", FORGED, lab.n1.workload()));
    }

    @Test
    void isDroppedAndCounted() {
        long dropped = dropped();
        double filtered = lab.n1.metric("culvert_tunnel_filtered_packets_total");
        try (Capture arriving = Capture.on("n1", "eth0", "ip proto 4");
                Capture inside = Capture.on("p1", "eth0", "icmp")) {
            ping();
            arriving.await(inTheTunnel());
            // What comes by the same tunnel after it is delivered after it.
            assertThat(Ping.reaches("p2", lab.n1.workload())).isTrue();
            inside.await("IP " + lab.n2.workload() + " > " + lab.n1.workload());
            assertThat(inside.count(FORGED)).isZero();
        }
        assertThat(dropped()).isEqualTo(dropped + 3);
        assertThat(lab.n1.metric("culvert_tunnel_filtered_packets_total")).isEqualTo(filtered + 3);
        // The node itself, which sends to workloads from its tunnel address, is no forger.
        assertThat(Ping.reaches("n2", lab.n1.workload())).isTrue();
        assertThat(dropped()).isEqualTo(dropped + 3);
    }

    @Test
    void passesWhenAnyPoolHoldsIt() {
        lab.etcd.put(
                POOL_OF_FORGED,
                "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"forged\"},"
                        + "\"spec\":{\"cidr\":\"172.31.0.0/24\",\"ipipMode\":\"Never\",\"disabled\":true}}");
        Eventually.passes(() -> assertThat(lab.n1.run("nft", "list", "set", "ip", "culvert", "pools"))
                .contains("172.31.0.0/24"));
        long dropped = dropped();
        try (Capture inside = Capture.on("p1", "eth0", "icmp")) {
            ping();
            inside.await(delivered());
        }
        assertThat(dropped()).isEqualTo(dropped);
    }

    @Test
    void wouldArriveWithoutTheRule() {
        lab.n1.stopAgent();
        lab.n1.run("nft", "flush", "chain", "ip", "culvert", "prerouting");
        try (Capture inside = Capture.on("p1", "eth0", "icmp")) {
            ping();
            inside.await(delivered());
        }
    }

    private long dropped() {
        Matcher packets = PACKETS.matcher(lab.n1.run("nft", "list", "chain", "ip", "culvert", "prerouting"));
        assertThat(packets.find()).isTrue();
        return Long.parseLong(packets.group(1));
    }
}
