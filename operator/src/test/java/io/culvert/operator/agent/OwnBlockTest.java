package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.PrivateNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What shares the node's own block with the blackhole: a bridge with an address of it, as podman, libvirt and Docker make one, with
 * a workload behind it; and the blackhole of version 0.1, which had metric 0. The real agent on the host's own kernel.
 */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OwnBlockTest {

    private static final String POOL = "/calico/resources/v3/projectcalico.org/ippools/web";
    private static final String NEVER =
            "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"web\"},"
                    + "\"spec\":{\"cidr\":\"192.168.0.0/16\",\"ipipMode\":\"Never\"}}";

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;
    private static PrivateNamespace workload;
    private static String block;

    @BeforeAll
    static void build() throws IOException {
        lab = new ThreeNodes(directory);
        workload = new PrivateNamespace();
        lab.eventually("etcd answers", () -> lab.etcdctl("put", POOL, NEVER).contains("OK"));
        lab.startAgent("n1");
        lab.eventually(
                "n1 has a blackhole", () -> lab.ready("n1") && !blackholes().isEmpty());
        block = blackholes().split(" ")[1];
    }

    @AfterAll
    static void close() {
        workload.close();
        lab.close();
    }

    private static String blackholes() {
        return lab.run("n1", "ip", "route", "show", "proto", "90", "type", "blackhole");
    }

    /** An address of the block, by its place. */
    private static String address(int place) {
        String first = block.substring(0, block.indexOf('/'));
        int dot = first.lastIndexOf('.') + 1;
        return first.substring(0, dot) + (Integer.parseInt(first.substring(dot)) + place);
    }

    private static void addBridge() {
        String length = block.substring(block.indexOf('/'));
        lab.run("n1", "sh", "-ec", """
                ip link add br0 type bridge
                ip link add w0 type veth peer name eth0 netns %s
                ip link set w0 master br0 up
                ip addr add %s dev br0
                ip link set br0 up
                """.formatted(workload.pid(), address(1) + length));
        workload.run("ip", "addr", "add", address(2) + length, "dev", "eth0");
        workload.run("ip", "link", "set", "eth0", "up");
    }

    private static void deleteBridge() {
        lab.run("n1", "ip", "link", "del", "br0");
        lab.run("n1", "ip", "link", "del", "w0");
    }

    private static boolean workloadAnswers() {
        return lab.run("n1", "sh", "-c", "ping -c 1 -W 1 " + address(2) + " 2>&1 || true")
                .contains(" 0% packet loss");
    }

    @Test
    @Order(1)
    void aBridgeThatComesAfterTheAgentDelivers() {
        addBridge();
        lab.eventually("the workload behind the bridge answers", OwnBlockTest::workloadAnswers);
        lab.run("n1", "ip", "addr", "add", "203.0.113.1/32", "dev", "lo");
        lab.eventually("the agent is ready", () -> lab.ready("n1"));
        assertThat(blackholes()).contains(block);
    }

    @Test
    @Order(2)
    void aBridgeThatWasThereBeforeTheAgentIsNoConflict() throws IOException, InterruptedException {
        lab.stopAgent("n1");
        lab.run("n1", "ip", "route", "flush", "proto", "90");
        lab.startAgent("n1");
        lab.eventually(
                "the agent is ready with its blackhole",
                () -> lab.ready("n1") && blackholes().contains(block));
        assertThat(workloadAnswers()).isTrue();
        assertThat(lab.get("n1", "/readyz")).doesNotContain("failing");
    }

    @Test
    @Order(3)
    void theBlackholeTakesOverWhenTheBridgeGoes() {
        deleteBridge();
        assertThat(lab.run("n1", "sh", "-c", "ip route get " + address(2) + " 2>&1 || true"))
                .contains("Invalid argument");
    }

    @Test
    @Order(4)
    void aBlackholeOfVersion01IsReplacedWithoutAGap() throws IOException, InterruptedException {
        lab.stopAgent("n1");
        lab.run("n1", "ip", "route", "flush", "proto", "90");
        lab.run("n1", "ip", "route", "add", "blackhole", block, "proto", "90");
        addBridge();
        assertThat(workloadAnswers())
                .as("the workload answers past a blackhole with metric 0")
                .isFalse();
        Path announced = directory.resolve("routes");
        Process monitor = lab.startIn("n1", announced, List.of("ip", "-4", "monitor", "route"));
        lab.eventually("the kernel's announcements are heard", () -> {
            lab.run("n1", "ip", "route", "add", "blackhole", "198.18.0.0/24");
            lab.run("n1", "ip", "route", "del", "blackhole", "198.18.0.0/24");
            return Files.readString(announced).contains("198.18.0.0/24");
        });

        lab.startAgent("n1");
        lab.eventually("the workload answers", OwnBlockTest::workloadAnswers);
        lab.eventually("the agent is ready", () -> lab.ready("n1"));

        monitor.destroy();
        assertThat(blackholes().lines()).singleElement().asString().contains("metric 4294967295");
        assertThat(Files.readString(announced).lines().filter(line -> line.contains("blackhole " + block)))
                .extracting(line -> line.replaceAll("\\s+", " ").strip())
                .containsExactly(
                        "blackhole " + block + " proto 90 metric 4294967295",
                        "Deleted blackhole " + block + " proto 90");
    }

    /** Ownership is the protocol number, whatever the metric. */
    @Test
    @Order(5)
    void everyRouteOfTheProtocolIsTheAgents() {
        lab.run("n1", "ip", "route", "add", "192.0.2.0/24", "via", "10.0.1.1", "proto", "90", "metric", "100");
        lab.run("n1", "ip", "route", "add", "192.0.2.0/24", "via", "10.0.1.1", "proto", "17", "metric", "101");
        lab.eventually(
                "a route of the agent's protocol that nothing asks for is removed",
                () -> !lab.run("n1", "ip", "route", "show", "192.0.2.0/24").contains("metric 100"));
        assertThat(lab.run("n1", "ip", "route", "show", "192.0.2.0/24")).contains("metric 101");
    }
}
