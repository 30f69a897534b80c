package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A pool that nobody can read is no reason to take anything down. */
@InLab
@Order(9)
class MalformedPoolTest {

    private final Lab lab;

    MalformedPoolTest(Lab lab) {
        this.lab = lab;
    }

    @Test
    void theLastGoodOneStaysInForceAndStatusNamesTheFault() {
        lab.withPool(Pool.ALWAYS);
        KernelPicture before = lab.n1.picture();

        try (Ping ping = Ping.every10Millis("p1", lab.n3.workload());
                Follow monitor = Follow.start(Lab.in("n1", "ip", "-4", "monitor", "route"))) {
            lab.etcd.put(Pool.ALWAYS.key(), Pool.ALWAYS.withMode("Sometimes").json());
            Eventually.passes(() -> lab.nodes.forEach(node -> assertThat(node.metric("culvert_rejected_resources"))
                    .as(node.name)
                    .isEqualTo(1)));

            Command status = lab.culvert("status");
            assertThat(status.out() + status.err()).contains("ippool-ipip-1", "ipipMode", "Sometimes");
            ping.awaitAnswers(50);
            assertThat(ping.lost()).isZero();
            assertThat(monitor.lines()).noneMatch(line -> line.startsWith("Deleted"));
        }
        assertThat(lab.n1.picture().lines()).containsExactlyElementsOf(before.lines());

        lab.withPool(Pool.ALWAYS.withMode("CrossSubnet"));
        assertThat(lab.n1.metric("culvert_rejected_resources"))
                .as("once it is mended")
                .isZero();
        assertThat(lab.n1.route(lab.block(lab.n2))).contains("dev eth0");
    }

    @Test
    void textThatIsNotEvenJsonIsNamedToo() {
        lab.withPool(Pool.ALWAYS);
        KernelPicture before = lab.n1.picture();

        lab.etcd.put(Pool.PREFIX + "broken", "{\"kind\":");
        Eventually.passes(
                () -> assertThat(lab.n1.metric("culvert_rejected_resources")).isEqualTo(1));

        Command status = lab.culvert("status");
        assertThat(status.out() + status.err()).contains("broken");
        assertThat(lab.n1.picture().lines()).containsExactlyElementsOf(before.lines());
    }
}
