package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What the other tests prove has to be impossible without Culvert. */
@InLab
@Order(1)
class NegativeControlTest {

    private final Lab lab;

    NegativeControlTest(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void detachWorkloads() {
        lab.nodes.forEach(LabNode::detachWorkload);
    }

    @Test
    void withoutCulvertTheRouterDropsWhatWorkloadsSendToEachOther() {
        lab.withoutCulvert();
        lab.n1.attachWorkload("192.168.0.2");
        lab.n2.attachWorkload("192.168.0.66");
        lab.n3.attachWorkload("192.168.0.130");
        lab.nodes.forEach(node -> node.run("sysctl", "-q", "net.ipv4.ip_forward=1"));

        for (var pair : lab.pairs()) {
            long dropped = Counters.droppedByTheCloud();

            assertThat(Ping.getsNoAnswer(
                            pair.get(0).workloadNamespace(), pair.get(1).workload()))
                    .isTrue();
            assertThat(Counters.droppedByTheCloud())
                    .as("dropped, of the 3 from %s to %s", pair.get(0).name, pair.get(1).name)
                    .isEqualTo(dropped + 3);
        }
        lab.nodes.forEach(node -> node.run("sysctl", "-q", "net.ipv4.ip_forward=0"));
    }

    @Test
    void nodesReachEachOtherWithoutCulvert() {
        for (var pair : lab.pairs()) {
            assertThat(Ping.reaches(pair.get(0).name, pair.get(1).address)).isTrue();
        }
    }
}
