package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A node's agent is restarted with another name for the tunnel device. */
@InLab
@Order(14)
class FormerDeviceTest {

    private final Lab lab;

    FormerDeviceTest(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void usualName() {
        if (lab.n1.isRunning()) {
            lab.n1.stopAgent();
        }
        lab.startAgents();
        Eventually.passes(() -> assertThat(lab.n1.isReady()).isTrue());
    }

    @Test
    void theDeviceIsReplacedAndNoPacketIsLost() {
        lab.withPool(Pool.ALWAYS);
        try (Ping there = Ping.every10Millis("p1", lab.n3.workload());
                Ping back = Ping.every10Millis("p2", lab.n1.workload())) {
            lab.n1.stopAgent();
            lab.n1.startAgent("--tunnel-device", "tun-other");
            Eventually.passes(() -> assertThat(lab.n1.isReady()).isTrue());
            there.awaitAnswers(30);
            back.awaitAnswers(30);

            assertThat(lab.n1.run("ip", "-o", "link")).contains("tun-other").doesNotContain("culvert0");
            assertThat(lab.n1.route(lab.block(lab.n3))).contains("dev tun-other");
            assertThat(there.lost()).as("to n3, of %d", there.sent()).isZero();
            assertThat(back.lost()).as("from n2, of %d", back.sent()).isZero();
        }
    }

    @Test
    void aCleanUpRemovesItUnderEveryName() {
        lab.withPool(Pool.ALWAYS);
        lab.n1.stopAgent();
        Command cleanup = lab.n1.culvert("cleanup", "--tunnel-device", "tun-other");
        assertThat(cleanup.status()).as(cleanup.toString()).isZero();
        assertThat(lab.n1.run("ip", "-o", "link")).doesNotContain("culvert0");
    }
}
