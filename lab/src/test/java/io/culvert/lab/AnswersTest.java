package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What the command says of a node is what its kernel does, the tunnel device included. */
@InLab
@Order(10)
class AnswersTest {

    private final Lab lab;

    AnswersTest(Lab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void always() {
        lab.withPool(Pool.ALWAYS);
    }

    @Test
    void explainAgreesWithTheKernel() {
        Command explained = lab.n1.culvert("explain", lab.n3.workload());

        assertThat(explained.status()).as(explained.toString()).isZero();
        assertThat(explained.out())
                .contains("n1 sends to it through the tunnel (culvert0)")
                .contains(lab.n1.address + " > " + lab.n3.address + ", protocol 4")
                .containsPattern("agrees +yes");
    }

    @Test
    void whatDiffForetellsComesToPass() {
        Pool changed = Pool.ALWAYS.withMode("CrossSubnet");
        Command foretold = lab.diff(changed.yaml());

        assertThat(foretold.status()).as(foretold.toString()).isEqualTo(1);
        assertThat(foretold.out())
                .contains("spec.ipipMode: Always -> CrossSubnet")
                .contains("- route " + lab.block(lab.n2) + " via " + lab.n2.address + " dev culvert0")
                .contains("+ route " + lab.block(lab.n2) + " via " + lab.n2.address + " dev <underlay>")
                .doesNotContain("+ route " + lab.block(lab.n3))
                .contains("2 nodes of 3: 2 next hops and 2 routes change device, none is lost; NAT unchanged");
        assertThat(lab.n1.route(lab.block(lab.n2))).contains("dev culvert0");

        lab.converged(lab.store(changed));
        assertThat(lab.n1.route(lab.block(lab.n2))).contains("via " + lab.n2.address + " dev eth0");
        assertThat(lab.n1.route(lab.block(lab.n3))).contains("via " + lab.n3.address + " dev culvert0");
        Command again = lab.diff(changed.yaml());
        assertThat(again.status()).as(again.toString()).isZero();
    }
}
