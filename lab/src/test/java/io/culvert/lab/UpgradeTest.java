package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Agents of version 0.1.0 are replaced by today's, node by node, and those by agents of 0.1.0 again, under traffic between all
 * workloads and under the eyes of every kernel.
 */
@InLab
@Order(7)
class UpgradeTest {

    private static final Map<String, String> FORMER = Map.of("CULVERT_DIST", System.getenv("CULVERT_FORMER"));
    private static final List<String> SNAPSHOT_AND_PROTOCOLS = List.of("snapshot.", "route-protocols.");

    private final Lab lab;
    private final List<Ping> pings = new ArrayList<>();
    private final List<Follow> kernels = new ArrayList<>();
    private long revision;

    UpgradeTest(Lab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void formerAgentsRun() {
        lab.withoutCulvert();
        lab.nodes.forEach(UpgradeTest::startFormer);
        revision = lab.store(Pool.ALWAYS);
        lab.converged(revision);
        lab.attachWorkloads();
        lab.everyWorkloadReachesEveryOther();
        lab.nodes.forEach(node -> assertThat(version(node)).as(node.name).isEqualTo("0.1.0"));
        for (List<LabNode> pair : lab.pairs()) {
            pings.add(Ping.every10Millis(
                    pair.get(0).workloadNamespace(), pair.get(1).workload()));
        }
        lab.nodes.forEach(
                node -> kernels.add(Follow.start(Lab.in(node.name, "ip", "-4", "monitor", "route", "nexthop"))));
    }

    @AfterEach
    void todaysAgentsRun() {
        pings.forEach(Ping::close);
        kernels.forEach(Follow::close);
        lab.nodes.stream().filter(LabNode::isRunning).forEach(LabNode::stopAgent);
        lab.startAgents();
    }

    private static void startFormer(LabNode node) {
        node.startAgent(FORMER, "--block-claims", "auto");
    }

    /** By the label of the metric that every version has. */
    private static String version(LabNode node) {
        return node.http("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("culvert_build_info{"))
                .map(line -> line.replaceFirst(".*version=\"([^\"]*)\".*", "$1"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(node.name + " serves no culvert_build_info"));
    }

    @Test
    void nodesMoveOneByOneAndBackAndNothingMoves() {
        String claims = claims();

        lab.nodes.forEach(node -> replace(node, LabNode::startAgent));
        lab.nodes.forEach(node -> assertThat(version(node)).as(node.name).isNotEqualTo("0.1.0"));
        lab.nodes.forEach(node -> replace(node, UpgradeTest::startFormer));

        assertThat(claims()).as("blocks and addresses in etcd").isEqualTo(claims);
        System.out.printf(
                "upgrade and back: %d packets, %d lost%n",
                pings.stream().mapToInt(Ping::sent).sum(),
                pings.stream().mapToInt(Ping::lost).sum());
    }

    private String claims() {
        return String.join("\n", lab.etcd.keys("/calico/ipam/v2/"));
    }

    private void replace(LabNode node, Consumer<LabNode> start) {
        Follow kernel = kernels.get(lab.nodes.indexOf(node));
        int before = kernel.lines().size();
        node.stopAgent();
        assertThat(SNAPSHOT_AND_PROTOCOLS)
                .allSatisfy(kind -> assertThat(stateFiles(node)).anyMatch(file -> file.startsWith(kind)));
        start.accept(node);
        lab.converged(revision);

        pings.forEach(ping -> ping.awaitAnswers(30));
        for (Ping ping : pings) {
            assertThat(ping.lost()).as("%s: lost of %d", node.name, ping.sent()).isZero();
        }
        List<String> announced = kernel.lines().subList(before, kernel.lines().size());
        assertThat(stateFiles(node)).noneMatch(file -> file.contains(".damaged-"));
        assertThat(announced)
                .as("on %s", node.name)
                .noneMatch(line -> line.startsWith("Deleted") && !line.contains("blackhole"));
        assertThat(node.run("ip", "-4", "route", "show", "type", "blackhole").lines())
                .as("blackholes of %s", node.name)
                .hasSize(1);
        Set<String> once = new HashSet<>();
        assertThat(announced).as("twice on %s", node.name).allMatch(once::add);
    }

    private static List<String> stateFiles(LabNode node) {
        try (Stream<Path> files = Files.list(Path.of("/run/lab", node.name, "state"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
