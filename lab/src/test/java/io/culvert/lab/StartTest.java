package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** From nothing to a working overlay, and how long that takes. */
@InLab
@Order(2)
class StartTest {

    private final Lab lab;

    StartTest(Lab lab) {
        this.lab = lab;
    }

    @Test
    @Order(1)
    void threeAgentsConvergeOnAnEmptyDatastore() {
        lab.withoutCulvert();
        long revision = lab.store(Pool.ALWAYS);

        long start = System.nanoTime();
        lab.startAgents();
        lab.converged(revision);
        Eventually.passes(
                () -> lab.nodes.forEach(node -> assertThat(node.run("ip", "-4", "route", "show", "proto", "90"))
                        .as(node.name)
                        .contains("blackhole")
                        .containsPattern("(?s)culvert0.*culvert0")));
        Lab.figure("three agents, first start to converged", Duration.ofNanos(System.nanoTime() - start));

        lab.attachWorkloads();
        lab.everyWorkloadReachesEveryOther();
    }

    @Test
    @Order(2)
    void threeAgentsConvergeAgainAfterARestart() {
        lab.withPool(Pool.ALWAYS);
        lab.nodes.forEach(LabNode::stopAgent);
        long revision = lab.store(Pool.ALWAYS);

        long start = System.nanoTime();
        lab.startAgents();
        lab.converged(revision);
        Duration took = Duration.ofNanos(System.nanoTime() - start);

        Lab.figure("three agents, restart to converged", took);
        if (Lab.onTheHostsKernel()) {
            assertThat(took).isLessThan(Duration.ofSeconds(3));
        }
    }

    @Test
    void everyNodeForwards() {
        lab.withPool(Pool.ALWAYS);

        lab.nodes.forEach(
                node -> assertThat(node.run("sysctl", "-n", "net.ipv4.ip_forward", "net.ipv4.conf.culvert0.rp_filter"))
                        .as(node.name)
                        .isEqualTo("1\n2\n"));
    }

    @Test
    void theDeviceIsAsDescribed() {
        lab.withPool(Pool.ALWAYS);

        for (LabNode node : lab.nodes) {
            String device = node.run("ip", "-d", "link", "show", "culvert0");
            assertThat(device)
                    .contains("mtu 1480", "ipip", "local " + node.address, "remote any", "nopmtudisc")
                    .contains(",UP,");
            String addresses = node.run("ip", "-o", "-4", "address", "show", "culvert0");
            assertThat(addresses.lines()).hasSize(1);
            String tunnelAddress = Json.parse(lab.etcd.get("/calico/resources/v3/projectcalico.org/nodes/" + node.name))
                    .at("/spec/bgp/ipv4IPIPTunnelAddr")
                    .asText();
            assertThat(addresses).contains(tunnelAddress + "/32");
            assertThat(Prefix.of(lab.block(node)).contains(tunnelAddress)).isTrue();
        }
    }

    @Test
    void healthAndMetricsAnswer() {
        lab.withPool(Pool.ALWAYS);

        for (LabNode node : lab.nodes) {
            assertThat(node.http("/livez").status()).isEqualTo(200);
            assertThat(node.http("/readyz").status()).isEqualTo(200);
            assertThat(Json.parse(node.http("/state").body()).isObject()).isTrue();
            assertThat(node.metric("culvert_ready")).isEqualTo(1);
            assertThat(node.metric("culvert_datastore_state")).isEqualTo(3);
            assertThat(node.metric("culvert_tunnel_mtu_bytes")).isEqualTo(1480);
        }
    }
}
