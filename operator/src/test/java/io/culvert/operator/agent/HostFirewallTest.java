package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.PrivateNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two nodes, each with a workload, on the host's own kernel, and what firewalls do to the packets between them: the real agent, nft
 * and iptables, in order. No resync comes to the agent's help.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
class HostFirewallTest {

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;
    private static final Map<String, PrivateNamespace> WORKLOADS = new HashMap<>();
    private static final Map<String, String> ADDRESSES = new HashMap<>();

    @BeforeAll
    static void build() throws IOException {
        lab = new ThreeNodes(directory);
        lab.eventually("etcd answers", HostFirewallTest::putPool);
        for (String node : List.of("n1", "n2")) {
            lab.startAgent(node, "--resync-period=1h");
        }
        for (String node : List.of("n1", "n2")) {
            lab.eventually(node + " has a block", () -> !block(node).isEmpty());
            addWorkload(node);
        }
        lab.eventually("packets arrive", () -> arrives("n2"));
    }

    @AfterAll
    static void close() {
        WORKLOADS.values().forEach(PrivateNamespace::close);
        lab.close();
    }

    private static boolean putPool() {
        try {
            return lab.etcdctl(
                            "put",
                            "/calico/resources/v3/projectcalico.org/ippools/web",
                            "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"web\"},"
                                    + "\"spec\":{\"cidr\":\"172.16.0.0/16\",\"ipipMode\":\"Never\",\"natOutgoing\":true}}")
                    .contains("OK");
        } catch (AssertionError notYet) {
            return false;
        }
    }

    private static String block(String node) {
        String blackholes = lab.run(node, "ip", "route", "show", "type", "blackhole");
        return blackholes.isEmpty() ? "" : blackholes.split(" ")[1];
    }

    private static void addWorkload(String node) throws IOException {
        PrivateNamespace workload = new PrivateNamespace();
        WORKLOADS.put(node, workload);
        String address = block(node).replaceFirst("\\.(\\d+)/.*", ".") + (lastOctet(block(node)) + 5);
        ADDRESSES.put(node, address);
        String pid = Long.toString(workload.pid());
        lab.run(node, "ip", "link", "add", "w0", "type", "veth", "peer", "name", "eth0", "netns", pid);
        lab.run(node, "ip", "addr", "add", "169.254.1.1/32", "dev", "w0");
        lab.run(node, "ip", "link", "set", "w0", "up");
        lab.run(node, "ip", "route", "add", address, "dev", "w0");
        workload.run("ip", "addr", "add", address + "/32", "dev", "eth0");
        workload.run("ip", "link", "set", "eth0", "up");
        workload.run("ip", "route", "add", "169.254.1.1", "dev", "eth0");
        workload.run("ip", "route", "add", "default", "via", "169.254.1.1");
    }

    private static int lastOctet(String block) {
        return Integer.parseInt(block.substring(block.lastIndexOf('.') + 1, block.indexOf('/')));
    }

    /** Whether n1's workload reaches that of the node, within a second. */
    private static boolean arrives(String node) {
        return answers(ADDRESSES.get(node));
    }

    private static boolean answers(String address) {
        return WORKLOADS
                .get("n1")
                .run("sh", "-c", "ping -c 1 -W 1 " + address + "; true")
                .contains(" 0% packet loss");
    }

    private static void iptables(String arguments) {
        lab.run("n1", ("iptables-nft " + arguments).split(" "));
    }

    private static long ownRules() {
        return lab.run("n1", "iptables-nft", "-S", "FORWARD")
                .lines()
                .filter(rule -> rule.endsWith("172.16.0.0/16 -m comment --comment culvert -j ACCEPT"))
                .count();
    }

    @Test
    @Order(1)
    void aClosedForwardChainLetsThePoolsPass() {
        iptables("-P FORWARD DROP");

        lab.eventually("the rules", () -> ownRules() == 2);
        assertThat(arrives("n2")).isTrue();
        lab.eventually("n1 is ready", () -> lab.ready("n1"));
        assertThat(lab.get("n1", "/readyz")).doesNotContain("drops");
    }

    @Test
    @Order(2)
    void rulesComeBackWithoutAResync() {
        iptables("-F FORWARD");
        lab.eventually("the rules after a flush", () -> ownRules() == 2);
        lab.run("n1", "nft", "flush", "ruleset");
        iptables("-P FORWARD DROP");
        lab.eventually("the rules after a flush of everything", () -> ownRules() == 2);
        assertThat(arrives("n2")).isTrue();
    }

    @Test
    @Order(3)
    void namesAChainThatDropsUntilItsCureIsThere() {
        lab.run(
                "n1",
                "nft",
                "add table inet fw; add chain inet fw forward { type filter hook forward priority 10; policy drop; }");
        lab.eventually(
                "a warning", () -> lab.get("n1", "/readyz").contains("warning: nftables table inet fw, chain forward"));
        assertThat(arrives("n2")).isFalse();
        String warning = lab.get("n1", "/readyz");
        String cure = warning.lines()
                .filter(line -> line.contains("inet fw"))
                .map(line -> line.substring(line.indexOf("accept it: ") + "accept it: ".length()))
                .findFirst()
                .orElseThrow();

        lab.run("n1", "sh", "-ec", cure);

        assertThat(arrives("n2")).isTrue();
        lab.eventually("no warning", () -> !lab.get("n1", "/readyz").contains("drops"));
        lab.run("n1", "nft", "delete", "table", "inet", "fw");
    }

    /** nftables.service reloads, and a workload speaks before the agent has restored its table. */
    @Test
    @Order(4)
    void aFlowThatBeganBeforeTheTableWasBackIsTranslated() throws IOException {
        assertThat(answers(ThreeNodes.ETCD_ADDRESS)).isTrue();
        lab.signal("n1", "STOP");
        lab.run(
                "n1",
                "nft",
                "flush ruleset; add table ip other; add chain ip other forward { type filter hook forward priority 0; };"
                        + " add rule ip other forward ct state new counter;"
                        + " add chain ip other nat { type nat hook postrouting priority 100; }");
        // One socket, so one flow.
        Path output = directory.resolve("ping");
        Process ping = WORKLOADS
                .get("n1")
                .start(output, List.of("stdbuf", "-oL", "ping", "-i", "0.2", ThreeNodes.ETCD_ADDRESS));
        String untranslated = "src=" + ThreeNodes.ETCD_ADDRESS + " dst=" + ADDRESSES.get("n1") + " ";
        lab.eventually("the flow is tracked", () -> flows().contains(untranslated));
        lab.signal("n1", "CONT");

        lab.eventually(
                "the same flow is answered", () -> Files.readString(output).contains("bytes from"));
        assertThat(flows()).doesNotContain(untranslated);
        assertThat(ping.isAlive()).isTrue();
        ping.destroyForcibly();
    }

    private static String flows() {
        return lab.run("n1", "cat", "/proc/net/nf_conntrack");
    }

    @Test
    @Order(5)
    void aCleanUpRemovesTheRules() throws InterruptedException {
        iptables("-P FORWARD DROP");
        lab.eventually("the rules", () -> ownRules() == 2);
        lab.stopAgent("n1");
        assertThat(ownRules()).isEqualTo(2);

        assertThat(lab.run("n1", lab.culvert("n1", "cleanup").toArray(String[]::new)))
                .contains("iptables -D FORWARD -s 172.16.0.0/16 -m comment --comment culvert -j ACCEPT");

        assertThat(lab.run("n1", "iptables-nft", "-S", "FORWARD").strip()).isEqualTo("-P FORWARD DROP");
    }
}
