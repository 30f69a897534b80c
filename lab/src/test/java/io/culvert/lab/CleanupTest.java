package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** After cleanup a node's kernel is as it was before the first start. */
@InLab
@Order(100)
class CleanupTest {

    private final Lab lab;

    CleanupTest(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void forgetTheForeignRoute() {
        Command.attempt(Lab.in("n2", "ip", "route", "del", "198.51.100.0/24"));
    }

    @Test
    void nothingOfCulvertsIsLeft() {
        lab.withPool(Pool.ALWAYS);
        lab.nodes.forEach(LabNode::detachWorkload);

        for (LabNode node : lab.nodes) {
            node.stopAgent();
            assertThat(node.picture().lines())
                    .as("a stopped agent leaves the kernel as it is")
                    .anyMatch(line -> line.contains("culvert0"));

            Command dryRun = node.culvert("cleanup", "--dry-run");
            assertThat(dryRun.status()).as(dryRun.toString()).isZero();
            assertThat(node.picture().lines()).anyMatch(line -> line.contains("culvert0"));

            Command cleanup = node.culvert("cleanup");
            assertThat(cleanup.status()).as(cleanup.toString()).isZero();
            assertThat(node.picture().lines())
                    .as(node.name)
                    .containsExactlyElementsOf(lab.untouched.get(node).lines());
        }
    }

    @Test
    void whatIsNotCulvertsStays() {
        lab.withPool(Pool.ALWAYS);
        lab.n2.run("ip", "route", "add", "198.51.100.0/24", "via", "10.0.1.1");
        lab.n2.stopAgent();

        Command cleanup = lab.n2.culvert("cleanup");

        assertThat(cleanup.status()).as(cleanup.toString()).isZero();
        assertThat(lab.n2.route("198.51.100.0/24")).contains("via 10.0.1.1");
        assertThat(lab.n2.run("ip", "-4", "route")).contains("dev pod0");
    }
}
