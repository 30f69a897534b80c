package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The real agent on the host's own kernel, in the order of a node's life: one start of three processes serves all. */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AgentTest {

    private static final String POOL = "/calico/resources/v3/projectcalico.org/ippools/web";
    private static final String NEVER =
            "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"web\"},"
                    + "\"spec\":{\"cidr\":\"192.168.0.0/16\",\"ipipMode\":\"Never\",\"natOutgoing\":true}}";

    private static final String FELIX = "/calico/resources/v3/projectcalico.org/felixconfigurations/default";
    private static final String CLUSTER = "/calico/resources/v3/projectcalico.org/clusterinformations/default";

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;

    @BeforeAll
    static void build() throws IOException {
        lab = new ThreeNodes(directory);
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    private static long ownRoutes(String node) {
        return ownRoutes(node, 90);
    }

    private static String unicastPrefix(String node) {
        return lab.run(node, "ip", "route", "show", "proto", "90", "type", "unicast")
                .lines()
                .findFirst()
                .orElseThrow()
                .split(" ")[0];
    }

    private static long ownRoutes(String node, int protocol) {
        return lab.run(node, "ip", "route", "show", "proto", Integer.toString(protocol))
                .lines()
                .count();
    }

    @Test
    @Order(1)
    void startsAndConverges() throws IOException {
        lab.eventually("etcd answers", () -> lab.etcdctl("put", POOL, NEVER).contains("OK"));
        long start = System.nanoTime();
        for (String node : ThreeNodes.NODES) {
            lab.startAgent(node);
        }
        for (String node : ThreeNodes.NODES) {
            lab.eventually(node + " has a blackhole and two routes", () -> ownRoutes(node) == 3 && lab.ready(node));
        }
        System.out.printf(
                Locale.ROOT,
                "figure: three agents, start to converged on the host's kernel: %.2f s%n",
                (System.nanoTime() - start) / 1e9);
        assertThat(lab.run("n1", "ip", "nexthop", "show", "proto", "90"))
                .contains("via 10.0.1.12 dev eth0", "via 10.0.1.13 dev eth0");
        assertThat(lab.run("n1", "cat", "/proc/sys/net/ipv4/ip_forward").strip())
                .isEqualTo("1");
        assertThat(lab.run("n1", "nft", "list", "table", "ip", "culvert"))
                .contains("ip saddr @nat_pools ip daddr != @pools masquerade")
                .doesNotContain("drop");
    }

    @Test
    @Order(2)
    void tellsItsStatusInEtcd() throws IOException {
        for (String node : ThreeNodes.NODES) {
            lab.eventually(
                    node + " has a status",
                    () -> lab.etcdctl("get", "/culvert/v1/status/" + node).contains("\"converged\":true"));
        }
    }

    @Test
    @Order(3)
    void servesTheMetricsThatAreRecorded() throws IOException {
        String answer = lab.get("n1", "/metrics");
        String shape = MetricsPage.of(answer).shape();
        Files.writeString(Path.of("target", "metrics.txt"), shape);

        assertThat(shape)
                .as("if the change is meant: cp operator/target/metrics.txt operator/src/test/resources/metrics.txt")
                .isEqualTo(Files.readString(Path.of("src", "test", "resources", "metrics.txt")));
        assertThat(answer)
                .contains(
                        "culvert_node_info{node=\"n1\",} 1.0",
                        "culvert_ready 1.0",
                        "culvert_datastore_state 3.0",
                        "culvert_pools{mode=\"Never\",} 1.0",
                        "culvert_nodes 3.0",
                        "culvert_blocks{scope=\"remote\",} 2.0",
                        "culvert_pool_converged{pool=\"web\",} 1.0",
                        "culvert_pool_routes{pool=\"web\",state=\"programmed\",} 3.0");
        assertThat(answer).doesNotContainPattern("=\"[^\"]*\\d+\\.\\d+\\.\\d+\\.\\d+");
    }

    @Test
    @Order(3)
    void servesMetricsThatPrometheusFindsWellNamed() throws IOException, InterruptedException {
        Path page = directory.resolve("metrics.txt");
        Files.writeString(page, MetricsPage.of(lab.get("n1", "/metrics")).text());
        Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                .redirectInput(page.toFile())
                .redirectErrorStream(true)
                .start();
        List<String> blamed = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(blamed).isEmpty();
        assertThat(promtool.waitFor()).isZero();
    }

    @Test
    @Order(3)
    void theDocumentationExplainsEveryMetricAndNoOther() throws IOException {
        Set<String> served = Pattern.compile("(?m)^# TYPE culvert_(\\w+) ")
                .matcher(lab.get("n1", "/metrics"))
                .results()
                .map((MatchResult found) -> found.group(1))
                .filter(name -> !name.endsWith("_created"))
                .collect(Collectors.toSet());
        String page = Files.readString(Path.of("..", "docs", "observability.md"));
        String table = page.substring(page.indexOf("| metric `culvert_…` |"));
        Set<String> explained = table.lines()
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .flatMap(line -> Pattern.compile("`(\\w+)(?:\\{[a-z,]+})?`")
                        .matcher(line.split("\\|")[1])
                        .results())
                .map((MatchResult found) -> found.group(1))
                .collect(Collectors.toSet());

        assertThat(explained).isEqualTo(served);
    }

    @Test
    @Order(4)
    void showsItsState() throws IOException {
        String answer = lab.get("n1", "/state");
        JsonNode state = new ObjectMapper().readTree(answer.substring(answer.indexOf("\r\n\r\n")));
        assertThat(state.path("snapshot").path("revision").asLong()).isPositive();
        assertThat(state.path("desired").path("routes").size()).isEqualTo(3);
        assertThat(state.path("actual").path("routes").size()).isEqualTo(3);
        assertThat(state.path("plan").isArray()).isTrue();
        assertThat(state.path("plan").isEmpty()).isTrue();
        assertThat(state.path("failing").isEmpty()).isTrue();
        assertThat(lab.get("n1", "/livez")).contains("200 OK", "alive");
    }

    @Test
    @Order(5)
    void bringsBackWhatIsRemoved() throws IOException {
        lab.run("n1", "ip", "route", "del", unicastPrefix("n1"));
        lab.eventually("the route is back", () -> ownRoutes("n1") == 3);
        lab.run("n1", "nft", "delete", "table", "ip", "culvert");
        lab.eventually(
                "the table is back",
                () -> lab.run("n1", "nft", "list", "tables").contains("ip culvert"));
        lab.eventually(
                "drift is counted",
                () -> lab.get("n1", "/metrics").contains("culvert_drift_detected_total{kind=\"route\",} 1.0"));
    }

    @Test
    @Order(6)
    void obeysFelixConfiguration() throws IOException {
        lab.etcdctl(
                "put",
                FELIX,
                "{\"metadata\":{\"name\":\"default\"},\"spec\":{\"deviceRouteProtocol\":80,\"routeRefreshInterval\":\"0s\","
                        + "\"natOutgoingExclusions\":\"IPPoolsAndHostIPs\",\"bpfEnabled\":true}}");
        lab.eventually("the routes have the other mark", () -> ownRoutes("n1", 80) == 3 && ownRoutes("n1", 90) == 0);
        lab.eventually(
                "what goes to nodes keeps its source",
                () -> lab.run("n1", "nft", "list", "table", "ip", "culvert")
                        .contains("ip daddr != @pools ip daddr != @tunnel_sources masquerade"));
        lab.etcdctl("del", FELIX);
        lab.eventually("the routes have their own mark again", () -> ownRoutes("n1") == 3 && ownRoutes("n1", 80) == 0);
    }

    @Test
    @Order(7)
    void holdsStillWhileTheDatastoreIsLocked() throws IOException {
        lab.etcdctl("put", CLUSTER, "{\"metadata\":{\"name\":\"default\"},\"spec\":{\"datastoreReady\":false}}");
        lab.eventually("it says so", () -> lab.get("n1", "/readyz").contains("degraded: the datastore is locked"));
        lab.etcdctl("del", POOL);
        lab.run("n1", "ip", "route", "del", unicastPrefix("n1"));
        lab.eventually("the routes from before the lock are back", () -> ownRoutes("n1") == 3);
        assertThat(culvert("plan", "|| true")).contains("the datastore is locked");
        assertThat(culvert("agent", "--once", "|| true")).contains("the datastore is locked");
        lab.eventually(
                "everybody is told",
                () -> lab.etcdctl("get", "/culvert/v1/status/n1").contains("datastore is locked"));
        lab.etcdctl("put", CLUSTER, "{\"metadata\":{\"name\":\"default\"},\"spec\":{\"datastoreReady\":true}}");
        lab.eventually("what was done meanwhile is followed", () -> ownRoutes("n1") == 0);
        lab.etcdctl("put", POOL, NEVER);
        lab.eventually("all is as before", () -> ownRoutes("n1") == 3 && lab.ready("n1"));
    }

    @Test
    @Order(8)
    void namesAForeignRouteAndLeavesIt() throws IOException, InterruptedException {
        String block = unicastPrefix("n1");
        lab.stopAgent("n1");
        lab.run("n1", "ip", "route", "replace", "blackhole", block, "proto", "17");
        lab.startAgent("n1");
        lab.eventually(
                "the conflict is named", () -> lab.get("n1", "/readyz").contains("a foreign route is in its place"));
        assertThat(lab.get("n1", "/readyz")).contains("503").contains(block);
        assertThat(lab.run("n1", "ip", "route", "show", "proto", "17")).contains(block);
        lab.run("n1", "ip", "route", "del", "blackhole", block, "proto", "17");
        lab.eventually("the conflict is over", () -> lab.ready("n1") && ownRoutes("n1") == 3);
    }

    @Test
    @Order(9)
    void leavesTheKernelAsItIsWhenToldToEnd() throws IOException, InterruptedException {
        lab.stopAgent("n1");
        assertThat(ownRoutes("n1")).isEqualTo(3);
        lab.eventually(
                "its status is gone",
                () -> lab.etcdctl("get", "/culvert/v1/status/n1").isEmpty());
    }

    @Test
    @Order(10)
    void plansWithoutAnAgent() {
        assertThat(culvert("plan")).isEmpty();
        lab.run("n1", "nft", "delete", "table", "ip", "culvert");
        assertThat(culvert("plan")).contains("nft replace table ip culvert").hasLineCount(1);
        String before = lab.etcdctl("get", "/", "--prefix", "-w", "json").replaceAll("\"raft_term\":\\d+", "");
        assertThat(culvert("agent", "--once", "--dry-run", "|| true")).contains("nft replace table ip culvert");
        assertThat(lab.etcdctl("get", "/", "--prefix", "-w", "json").replaceAll("\"raft_term\":\\d+", ""))
                .isEqualTo(before);
        assertThat(lab.run("n1", "nft", "list", "tables")).doesNotContain("culvert");
        assertThat(culvert("agent", "--once")).contains("converged at revision");
        assertThat(lab.run("n1", "nft", "list", "tables")).contains("culvert");
    }

    /** Runs a command of culvert on n1; with {@code || true} as the last word it may fail. */
    private static String culvert(String... arguments) {
        boolean mayFail = arguments[arguments.length - 1].equals("|| true");
        List<String> given = List.of(arguments).subList(0, arguments.length - (mayFail ? 1 : 0));
        String words = String.join(" ", lab.culvert("n1", given.toArray(String[]::new)));
        return lab.run("n1", "bash", "-c", words + (mayFail ? " || true" : ""));
    }

    @Test
    @Order(11)
    void explainsWhatTheKernelHolds() {
        String block = lab.run("n1", "ip", "route", "show", "proto", "90")
                .lines()
                .filter(route -> route.contains("via 10.0.1.12"))
                .map(route -> route.substring(0, route.indexOf(' ')))
                .findFirst()
                .orElseThrow();
        String address = block.substring(0, block.indexOf('/'));
        assertThat(culvert("explain", address))
                .contains(" belongs to n2: n1 sends to it directly (eth0), because pool web has mode Never")
                .containsPattern("\n  route +" + block + " via 10.0.1.12 dev eth0 proto 90\n")
                .containsPattern("\n  device +eth0 is up, MTU 1500\n  agrees +yes");
        lab.run("n1", "ip", "route", "del", block);
        lab.run("n1", "ip", "route", "add", block, "via", "10.0.1.13", "proto", "4");
        assertThat(culvert("explain", address))
                .containsPattern("\n  route +none from Culvert\n")
                .containsPattern("\n  taken +" + block + " via 10.0.1.13 dev eth0 proto 4, not from Culvert\n")
                .containsPattern(
                        "\n  agrees +no: the route to " + block + " is missing; a foreign route takes its packets;");
        lab.run("n1", "ip", "route", "del", block);
        assertThat(culvert("explain", "8.8.8.8")).contains("0.0.0.0/0 via 10.0.1.1 dev eth0", "agrees ");
        assertThat(culvert("explain", address, "--from", "n2"))
                .contains("is in n2's own block " + block)
                .contains("kernel: not read: this host is not node n2; run this command there");
    }

    @Test
    @Order(12)
    void cleansUp() {
        String told = culvert("cleanup");
        assertThat(told).contains("ip route del", "ip nexthop del", "nft delete table ip culvert", "ip_forward=0");
        assertThat(ownRoutes("n1")).isZero();
        assertThat(lab.run("n1", "ip", "nexthop", "show")).isEmpty();
        assertThat(lab.run("n1", "nft", "list", "ruleset")).isEmpty();
        assertThat(lab.run("n1", "cat", "/proc/sys/net/ipv4/ip_forward").strip())
                .isEqualTo("0");
        assertThat(ownRoutes("n2")).isEqualTo(3);
    }
}
