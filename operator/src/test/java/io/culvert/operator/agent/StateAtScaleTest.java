package io.culvert.operator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.culvert.operator.Distribution;
import io.culvert.reconciler.net.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent with the heap it is shipped with, in the largest cluster it is made for, and strangers who ask it for everything. In
 * order: the routes fail at the end.
 */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(240)
class StateAtScaleTest {

    private static final int PEERS = 5_000;
    private static final int BLOCKS_EACH = 20;
    private static final int BLOCKS = PEERS * BLOCKS_EACH;
    private static final int FIRST_BLOCK = Address.parse("11.0.0.0").bits();
    private static final int FIRST_PEER = Address.parse("10.20.1.0").bits();
    private static final int ADDRESSES_OF_A_BLOCK = 64;
    private static final int OPERATIONS = 2_000;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";
    private static final String IPAM = "/calico/ipam/v2/";

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;
    private static Process agent;

    @BeforeAll
    static void fill() throws IOException {
        lab = new ThreeNodes(directory, "--max-txn-ops=" + OPERATIONS, "--unsafe-no-fsync");
        lab.run("n1", "ip", "addr", "replace", "10.20.0.1/16", "dev", "eth0");
        Map<String, String> documents = new TreeMap<>();
        documents.put(
                RESOURCES + "ippools/web",
                "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"web\"},"
                        + "\"spec\":{\"cidr\":\"11.0.0.0/8\",\"ipipMode\":\"Never\"}}");
        for (int peer = 0; peer < PEERS; peer++) {
            documents.put(
                    RESOURCES + "nodes/p" + peer,
                    "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"p" + peer
                            + "\"},\"spec\":{\"bgp\":{\"ipv4Address\":\"" + new Address(FIRST_PEER + peer)
                            + "/16\"}}}");
        }
        for (int number = 0; number < BLOCKS; number++) {
            String block = new Address(FIRST_BLOCK + number * ADDRESSES_OF_A_BLOCK).toString();
            String peer = "p" + number % PEERS;
            documents.put(
                    IPAM + "assignment/ipv4/block/" + block + "-26",
                    "{\"cidr\":\"" + block + "/26\",\"affinity\":\"host:" + peer
                            + "\",\"allocations\":[],\"unallocated\":[],\"attributes\":[]}");
            documents.put(IPAM + "host/" + peer + "/ipv4/block/" + block + "-26", "{\"state\":\"confirmed\"}");
        }
        lab.eventually("etcd answers", lab::etcdAnswers);
        lab.putAll(documents, OPERATIONS);
        List<String> words = new ArrayList<>(lab.environment("n1"));
        words.add(new Distribution(directory.resolve("dist")).launcher().toString());
        words.addAll(List.of("agent", "--node-address", "10.20.0.1/16", "--block-claims", "observe"));
        agent = lab.startIn("n1", directory.resolve("n1.log"), words);
        lab.eventually("n1 is ready", LIMIT, () -> lab.ready("n1"));
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    /** What curl gets, below the namespace's loopback address. */
    private static Path fetch(String path) {
        Path file = directory.resolve("answer");
        lab.run("n1", "curl", "-sf", "-o", file.toString(), "http://127.0.0.1:9474" + path);
        return file;
    }

    private static JsonNode state(String query) throws IOException {
        return new ObjectMapper().readTree(Files.newBufferedReader(fetch("/state" + query), UTF_8));
    }

    private static void assertAlive() {
        assertThat(agent.isAlive()).isTrue();
        assertThat(lab.get("n1", "/metrics")).contains("culvert_ready");
    }

    @Test
    @Order(1)
    void everythingIsThere() throws IOException {
        JsonNode state = state("");
        assertThat(state.path("desired").path("routes").size()).isEqualTo(BLOCKS);
        assertThat(state.path("actual").path("routes").size()).isEqualTo(BLOCKS);
        assertThat(state.path("actual").path("nextHops").size()).isEqualTo(PEERS);
        assertThat(state.path("plan").isEmpty()).isTrue();
        assertThat(state.has("omitted")).isFalse();
        assertAlive();
    }

    @Test
    @Order(2)
    void partsCanBeAskedFor() throws IOException {
        JsonNode first = state("?limit=3");
        assertThat(first.path("desired").path("routes").size()).isEqualTo(3);
        assertThat(first.path("omitted").path("desired.routes").asInt()).isEqualTo(BLOCKS - 3);
        assertThat(first.path("omitted").path("actual.nextHops").asInt()).isEqualTo(PEERS - 3);
        JsonNode within = state("?prefix=11.0.1.0/24");
        assertThat(within.path("desired").path("routes").findValuesAsText("prefix"))
                .isEqualTo(within.path("actual").path("routes").findValuesAsText("prefix"))
                .containsExactly("11.0.1.0/26", "11.0.1.64/26", "11.0.1.128/26", "11.0.1.192/26");
    }

    @Test
    @Order(3)
    void aCrowdGetsAllOfIt() {
        lab.run(
                "n1",
                "bash",
                "-ec",
                "for i in {1..8}; do curl -sf -m 100 -o " + directory.resolve("crowd")
                        + "$i http://127.0.0.1:9474/state & pids+=($!); done; for pid in ${pids[@]}; do wait $pid; done");
        assertThat(directory.resolve("crowd1")).hasSameTextualContentAs(directory.resolve("crowd8"));
        assertAlive();
    }

    @Test
    @Order(4)
    void whoNeverReadsCostsNothing() {
        // Each asks and then sleeps with the connection open.
        lab.run(
                "n1",
                "bash",
                "-ec",
                "for i in {1..60}; do exec {fd}<>/dev/tcp/127.0.0.1/9474; printf 'GET /state HTTP/1.0\\r\\n\\r\\n' >&$fd; done;"
                        + " sleep 3; curl -sf -o " + directory.resolve("ready") + " http://127.0.0.1:9474/readyz");
        assertThat(directory.resolve("ready")).content().contains("ready: the kernel holds revision");
        assertAlive();
    }

    @Test
    @Order(5)
    void noRouteIsThere() throws IOException {
        lab.run("n1", "ip", "link", "set", "eth0", "down");
        lab.eventually("n1 is not ready", LIMIT, () -> !lab.ready("n1"));
        JsonNode state = state("");
        assertThat(state.path("failing").size()).isEqualTo(BLOCKS);
        assertThat(state.path("actual").path("routes").isEmpty()).isTrue();
        assertThat(lab.get("n1", "/readyz"))
                .contains("and " + (BLOCKS - 100) + " more")
                .hasSizeLessThan(20_000);
        assertAlive();
        lab.run("n1", "ip", "link", "set", "eth0", "up");
        lab.eventually("n1 is ready again", LIMIT, () -> lab.ready("n1"));
    }
}
