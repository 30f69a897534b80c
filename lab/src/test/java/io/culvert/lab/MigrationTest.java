package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The way from Calico's IP-in-IP to Culvert and back, as docs/migration.md describes it, under traffic between all workloads. */
@InLab
@Order(101)
class MigrationTest {

    private static final String FUNCTIONS = Guide.block("migration.md", "take_over() {");
    /** By number, each once: what is asked goes one way, and what is answered the other. */
    private static final List<Pair> PAIRS = List.of(new Pair(0, 1), new Pair(1, 2), new Pair(2, 0));

    private static final String BIRD = "12";
    private static final String CULVERT = "90";
    private static final Duration START = Duration.ofMinutes(3);

    private final Lab lab;
    private final Calico calico;
    private List<Ping> pings = List.of();

    private record Pair(int from, int to) {}

    MigrationTest(Lab lab) {
        this.lab = lab;
        this.calico = new Calico(lab);
    }

    @BeforeEach
    void calicoRuns() {
        calico.start();
        lab.nodes.forEach(node -> Eventually.passes(() -> assertThat(routes(node, BIRD))
                .as(node.name)
                .hasSize(3)
                .anyMatch(("blackhole " + calico.block(node))::equals)
                .filteredOn(route -> route.contains("dev tunl0 onlink"))
                .hasSize(2)));
        lab.everyWorkloadReachesEveryOther();
        pings = PAIRS.stream()
                .map(pair -> Ping.every10Millis(
                        lab.nodes.get(pair.from).workloadNamespace(),
                        lab.nodes.get(pair.to).workload()))
                .toList();
    }

    @AfterEach
    void calicoIsGone() {
        pings.forEach(Ping::close);
        calico.close();
    }

    @Test
    void nodesMoveOneByOneAndBackAndNoPacketIsLost() {
        String documents = calico.documents();

        lab.nodes.forEach(this::move);

        calico.stopBirds();
        noneIsLost("BIRD has stopped");
        lab.nodes.forEach(node -> assertThat(node.isReady()).as(node.name).isTrue());

        calico.startBirds();
        // As on a node where BIRD was never stopped.
        calico.bird(lab.n2).birdc("disable", "kernel1");
        moveBack(lab.n1);
        moveBack(lab.n2);
        assertThat(calico.documents()).as("what Calico keeps in etcd").isEqualTo(documents);
        System.out.printf(
                "migration and back: %d packets, %d lost%n",
                pings.stream().mapToInt(Ping::sent).sum(),
                pings.stream().mapToInt(Ping::lost).sum());
    }

    private void move(LabNode node) {
        run(node, Guide.block("migration.md", "conf.default.rp_filter"));
        node.startAgent("--block-claims", "observe");
        Eventually.passes(
                START,
                () -> assertThat(node.http("/readyz")
                                .body()
                                .lines()
                                .filter(line -> line.contains("a foreign route is in its place (protocol " + BIRD)))
                        .as(node.name + " waits for the places of its routes to the others")
                        .hasSize(2));
        noneIsLost(node.name + " runs an agent beside BIRD");

        calico.bird(node).birdc("disable", "kernel1");
        assertThat(routes(node, BIRD)).as("BIRD leaves its routes behind").hasSize(3);
        run(node, "take_over " + BIRD);

        assertThat(routes(node, BIRD)).isEmpty();
        assertThat(routes(node, "91")).isEmpty();
        assertThat(routes(node, CULVERT))
                .hasSize(3)
                .contains("blackhole " + calico.block(node) + " metric 4294967295")
                .filteredOn(route -> route.contains("dev culvert0 onlink"))
                .hasSize(2);
        awaitReady(node);
        noneIsLost(node.name + " has moved");
    }

    private static void awaitReady(LabNode node) {
        Eventually.passes(() -> {
            try {
                assertThat(node.isReady()).isTrue();
            } catch (RuntimeException unreachable) {
                throw new AssertionError(node.name + " does not answer; it says:\n" + node.agentLog(), unreachable);
            }
        });
    }

    private void moveBack(LabNode node) {
        run(node, "copy_routes");
        node.stopAgent();
        run(node, "culvert cleanup");
        calico.bird(node).birdc("enable", "kernel1");
        run(node, "drop_copies " + BIRD);

        assertThat(routes(node, CULVERT)).isEmpty();
        assertThat(routes(node, "91")).isEmpty();
        assertThat(routes(node, BIRD)).hasSize(3);
        assertThat(node.run("ip", "-o", "link")).doesNotContain("culvert0");
        noneIsLost(node.name + " has moved back");
    }

    private static void run(LabNode node, String words) {
        Command run = node.shell(FUNCTIONS + "\n" + words);
        assertThat(run.status()).as(run.toString()).isZero();
    }

    private static List<String> routes(LabNode node, String protocol) {
        return node.run("ip", "-4", "route", "show", "proto", protocol)
                .lines()
                .map(String::strip)
                .toList();
    }

    private void noneIsLost(String when) {
        pings.forEach(ping -> ping.awaitAnswers(30));
        for (int i = 0; i < pings.size(); i++) {
            assertThat(pings.get(i).lost())
                    .as("%s: lost of %d, %s", when, pings.get(i).sent(), PAIRS.get(i))
                    .isZero();
        }
    }
}
