package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** With whose address a workload speaks: inside the pool its own, outside by natOutgoing. */
@InLab
@Order(4)
class NatTest {

    private static final String OUTSIDE = "203.0.113.9";

    private final Lab lab;

    NatTest(Lab lab) {
        this.lab = lab;
    }

    @Test
    void withNatOutgoingTheOutsideSeesTheNodesAddress() {
        lab.withPool(Pool.ALWAYS);

        for (LabNode node : lab.nodes) {
            try (Capture capture = Capture.on("out", "eth0", "icmp")) {
                assertThat(Ping.reaches(node.workloadNamespace(), OUTSIDE))
                        .as(node.name)
                        .isTrue();
                capture.await("IP " + node.address + " > " + OUTSIDE + ": ICMP echo request");
                assertThat(capture.packets()).noneMatch(packet -> packet.contains("192.168."));
            }
        }
    }

    @Test
    void workloadsSeeEachOthersOwnAddresses() {
        lab.withPool(Pool.ALWAYS);

        for (var pair : lab.pairs()) {
            LabNode from = pair.get(0);
            LabNode to = pair.get(1);
            try (Capture capture = Capture.on(to.workloadNamespace(), "eth0", "icmp")) {
                assertThat(Ping.reaches(from.workloadNamespace(), to.workload()))
                        .isTrue();
                capture.await("IP " + from.workload() + " > " + to.workload() + ": ICMP echo request");
            }
        }
    }

    @Test
    void withoutNatOutgoingPacketsLeaveWithTheWorkloadsAddress() {
        lab.withPool(Pool.ALWAYS.withNatOutgoing(false));
        long dropped = Counters.droppedByTheCloud();

        try (Capture capture = Capture.on("router", "port1", "icmp and host " + OUTSIDE)) {
            assertThat(Ping.getsNoAnswer("p1", OUTSIDE)).isTrue();
            capture.await("IP " + lab.n1.workload() + " > " + OUTSIDE + ": ICMP echo request");
        }
        assertThat(Counters.droppedByTheCloud()).isEqualTo(dropped + 3);
    }
}
