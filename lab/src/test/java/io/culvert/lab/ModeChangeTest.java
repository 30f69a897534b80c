package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Modes change under traffic: make before break. */
@InLab
@Order(5)
class ModeChangeTest {

    private final Lab lab;

    ModeChangeTest(Lab lab) {
        this.lab = lab;
    }

    @Test
    void noPacketIsLostWhileTheModeGoesRound() {
        lab.withPool(Pool.ALWAYS);
        try (Ping ping = Ping.every10Millis("p1", lab.n2.workload())) {
            for (String mode : List.of("CrossSubnet", "Never", "Always")) {
                lab.converged(lab.store(Pool.ALWAYS.withMode(mode)));

                assertThat(lab.n1.route(lab.block(lab.n2)))
                        .as(mode)
                        .contains(mode.equals("Always") ? "dev culvert0" : "dev eth0");
                ping.awaitAnswers(50);
            }
            assertThat(ping.lost()).as("lost of %d", ping.sent()).isZero();
            System.out.printf("mode changes under ping: %d packets, %d lost%n", ping.sent(), ping.lost());
        }
    }

    @Test
    void neverLeavesTheOtherSubnetWithoutARoute() {
        lab.withPool(Pool.ALWAYS.withMode("Never"));

        assertThat(lab.n1.route(lab.block(lab.n2))).contains("dev eth0");
        assertThat(lab.n1.route(lab.block(lab.n3))).isEmpty();
        assertThat(lab.n1.run("ip", "-o", "link")).doesNotContain("culvert0");
    }
}
