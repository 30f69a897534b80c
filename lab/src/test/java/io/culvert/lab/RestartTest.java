package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** An agent that was killed finds, when it starts, what it has to take back and what it has to leave alone. */
@InLab
@Order(6)
class RestartTest {

    private static final PaperNode N4 = new PaperNode("n4", "10.0.2.14/24");
    private static final String BLOCK = "192.168.240.0/26";

    private final Lab lab;

    RestartTest(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void forgetTheFourthNode() {
        lab.etcd.change(Map.of(), List.of(N4.claimKey(BLOCK), PaperNode.blockKey(BLOCK), N4.key()));
    }

    /** A node of the other subnet with one block. */
    private long fourthNode() {
        Map<String, String> puts = N4.holding(List.of(BLOCK));
        puts.put(N4.key(), N4.json());
        return lab.etcd.change(puts, List.of());
    }

    @Test
    void staleRoutesGoAndTheOthersNeverFlap() {
        lab.withPool(Pool.ALWAYS);
        lab.converged(fourthNode());
        assertThat(lab.n1.route(BLOCK)).contains("culvert0");

        try (Ping toN2 = Ping.every10Millis("p1", lab.n2.workload());
                Ping toN3 = Ping.every10Millis("p1", lab.n3.workload());
                Follow monitor = Follow.start(Lab.in("n1", "ip", "-4", "monitor", "route"))) {
            lab.n1.killAgent();
            lab.etcd.change(Map.of(), List.of(N4.claimKey(BLOCK), PaperNode.blockKey(BLOCK)));
            long revision = lab.store(Pool.ALWAYS.withMode("CrossSubnet"));
            assertThat(lab.n1.route(BLOCK)).as("while nobody looks").contains("culvert0");

            lab.n1.startAgent();
            lab.converged(revision);
            toN2.awaitAnswers(20);
            toN3.awaitAnswers(20);

            assertThat(lab.n1.route(BLOCK)).isEmpty();
            assertThat(lab.n1.route(lab.block(lab.n2))).contains("dev eth0");
            monitor.await("end of the stale route", line -> line.startsWith("Deleted " + BLOCK));
            assertThat(monitor.lines())
                    .as("routes that were there before and are wanted after")
                    .noneMatch(line -> line.startsWith("Deleted " + lab.block(lab.n2)))
                    .noneMatch(line -> line.startsWith("Deleted " + lab.block(lab.n3)))
                    .noneMatch(line -> line.startsWith("Deleted blackhole " + lab.block(lab.n1)));
            assertThat(toN2.lost()).as("lost of %d to n2", toN2.sent()).isZero();
            assertThat(toN3.lost()).as("lost of %d to n3", toN3.sent()).isZero();
        }
    }
}
