package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Protocol 4 from a machine that is no node: it could reach any workload, so it is dropped. */
@InLab
@Order(8)
class StrangerTest {

    private static final String FELIX = "/calico/resources/v3/projectcalico.org/felixconfigurations/default";
    private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");

    private final Lab lab;
    private Stranger stranger;

    StrangerTest(Lab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void strangerWithATunnelToN1() {
        lab.withPool(Pool.ALWAYS);
        stranger = Stranger.withTunnelTo(lab.n1);
    }

    @AfterEach
    void takeTheTunnelAway() {
        lab.etcd.deleteAll(FELIX);
        stranger.close();
        lab.startAgents();
    }

    @Test
    void itsPacketsAreDroppedAndCounted() {
        long filtered = filtered();
        try (Capture arriving = Capture.on("n1", "eth0", "ip proto 4");
                Capture delivered = Capture.on("p1", "eth0", "icmp")) {
            assertThat(Ping.getsNoAnswer("stranger", lab.n1.workload())).isTrue();
            arriving.await("IP 10.0.1.66 > 10.0.1.11: IP " + Stranger.FORGED + " > " + lab.n1.workload());
            // What a neighbour sends after them is delivered after them.
            assertThat(Ping.reaches("p2", lab.n1.workload())).isTrue();
            delivered.await("IP " + lab.n2.workload() + " > " + lab.n1.workload());
            assertThat(delivered.count(Stranger.FORGED)).isZero();
        }
        assertThat(filtered()).isEqualTo(filtered + 3);
        Eventually.passes(() -> assertThat(lab.n1.metric("culvert_tunnel_filtered_packets_total"))
                .isGreaterThanOrEqualTo(filtered + 3.0));
    }

    @Test
    void itsPacketsArriveOnceItIsAmongTheExternalNodes() {
        lab.etcd.put(
                FELIX,
                "{\"kind\":\"FelixConfiguration\",\"metadata\":{\"name\":\"default\"},"
                        + "\"spec\":{\"externalNodesList\":[\"10.0.1.64/29\",\"fd00::/64\"]}}");
        Eventually.passes(() -> assertThat(lab.n1.run("nft", "list", "set", "ip", "culvert", "tunnel_sources"))
                .contains("10.0.1.64/29"));
        long filtered = filtered();
        try (Capture delivered = Capture.on("p1", "eth0", "icmp")) {
            Ping.getsNoAnswer("stranger", lab.n1.workload());
            delivered.await("IP " + Stranger.FORGED + " > " + lab.n1.workload() + ": ICMP echo request");
        }
        assertThat(filtered()).isEqualTo(filtered);
    }

    @Test
    void withoutTheFilterTheyWouldArrive() {
        lab.n1.stopAgent();
        lab.n1.run("nft", "delete", "table", "ip", "culvert");
        try (Capture delivered = Capture.on("p1", "eth0", "icmp")) {
            Ping.getsNoAnswer("stranger", lab.n1.workload());
            delivered.await("IP " + Stranger.FORGED + " > " + lab.n1.workload() + ": ICMP echo request");
        }
    }

    private long filtered() {
        Matcher packets = PACKETS.matcher(lab.n1.run("nft", "list", "chain", "ip", "culvert", "input"));
        assertThat(packets.find()).isTrue();
        return Long.parseLong(packets.group(1));
    }
}
