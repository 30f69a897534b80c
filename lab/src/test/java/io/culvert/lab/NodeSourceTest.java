package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A node's own packets to remote workloads leave by the tunnel with the tunnel's address, whatever source was chosen before. */
@InLab
@Order(5)
class NodeSourceTest {

    private static final String SERVICE = "10.96.0.10";
    private static final String OTHER = "172.31.7.1";

    private final Lab lab;

    NodeSourceTest(Lab lab) {
        this.lab = lab;
    }

    private static boolean pingFrom(String node, String... words) {
        return Command.attempt(Lab.in(
                                node,
                                Stream.concat(
                                                Stream.of("ping", "-q", "-c", "3", "-i", "0.05", "-W", "1"),
                                                Stream.of(words))
                                        .toArray(String[]::new)))
                        .status()
                == 0;
    }

    private String tunnelAddress(LabNode node) {
        return node.run("ip", "-4", "-o", "addr", "show", "dev", "culvert0")
                .split(" +")[3]
                .split("/")[0];
    }

    @Test
    void fromAnyOfItsAddresses() {
        lab.withPool(Pool.ALWAYS);
        lab.n1.run("ip", "addr", "add", OTHER + "/32", "dev", "lo");
        try (Capture arriving = Capture.on("p3", "eth0", "icmp")) {
            for (String source : List.of(lab.n1.address, OTHER, tunnelAddress(lab.n1))) {
                assertThat(pingFrom("n1", "-I", source, lab.n3.workload()))
                        .as(source)
                        .isTrue();
            }
            arriving.await("IP " + tunnelAddress(lab.n1) + " > " + lab.n3.workload() + ": ICMP echo request");
            assertThat(arriving.count(lab.n1.address)).isZero();
            assertThat(arriving.count(OTHER)).isZero();
        } finally {
            lab.n1.run("ip", "addr", "del", OTHER + "/32", "dev", "lo");
        }
    }

    /** As kube-proxy does it: the source is chosen for the service's address, before that is translated. */
    @Test
    void toAServiceWhoseEndpointIsRemote() {
        lab.withPool(Pool.ALWAYS);
        lab.n1.run(
                "nft",
                "table ip service { chain output { type nat hook output priority -100; ip daddr " + SERVICE
                        + " dnat to " + lab.n3.workload() + "; }; }");
        try {
            assertThat(pingFrom("n1", SERVICE)).isTrue();
        } finally {
            lab.n1.run("nft", "delete", "table", "ip", "service");
        }
    }

    /** Direct packets are answered directly, so they keep their source. */
    @Test
    void butNotOnADirectWay() {
        lab.withPool(Pool.CROSS_SUBNET);
        try (Capture arriving = Capture.on("p2", "eth0", "icmp")) {
            assertThat(pingFrom("n1", "-I", lab.n1.address, lab.n2.workload())).isTrue();
            arriving.await("IP " + lab.n1.address + " > " + lab.n2.workload() + ": ICMP echo request");
        }
    }
}
