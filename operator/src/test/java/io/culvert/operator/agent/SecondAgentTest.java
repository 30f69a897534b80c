package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two agents with one node's name, on two machines and on one; real agents and a real etcd. */
@Tag("slow")
class SecondAgentTest {

    private static final String POOL = "/calico/resources/v3/projectcalico.org/ippools/web";
    private static final String NODE = "/calico/resources/v3/projectcalico.org/nodes/n1";
    private static final String STATUS = "/culvert/v1/status/n1";

    @TempDir
    private Path directory;

    private ThreeNodes lab;

    @BeforeEach
    void oneNode() throws IOException {
        lab = new ThreeNodes(directory);
        lab.eventually("etcd answers", lab::etcdAnswers);
        pool("false");
        lab.startAgent("n1");
        lab.eventually(
                "the first is ready",
                () -> lab.ready("n1")
                        && !stored(STATUS).isEmpty()
                        && !stored(NODE).isEmpty());
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private void pool(String nat) {
        lab.etcdctl(
                "put",
                POOL,
                "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"web\"},\"spec\":"
                        + "{\"cidr\":\"192.168.0.0/16\",\"ipipMode\":\"Never\",\"natOutgoing\":" + nat + "}}");
    }

    @Test
    void onAnotherMachineSaysSoWritesNothingAndTakesOverWhenTheFirstEnds() throws Exception {
        String node = stored(NODE);
        lab.startAgent("n2", "--node-name=n1");
        lab.eventually(
                "the second says so", () -> lab.get("n2", "/readyz").contains("another live agent has the name n1"));
        assertThat(lab.get("n2", "/readyz")).contains("503", "at 10.0.1.11/24 (this one is at 10.0.1.12/24)");
        assertThat(lab.agentLog("n2")).containsOnlyOnce("another live agent has the name n1");
        lab.eventually("its metrics too", () -> lab.get("n2", "/metrics").contains("culvert_ready 0.0"));

        pool("true");
        lab.eventually(
                "the first follows etcd", () -> status().path("appliedRevision").asLong() >= poolRevision());
        assertThat(lab.ready("n1")).isTrue();
        assertThat(stored(NODE)).isEqualTo(node);
        assertThat(status().path("address").asText()).isEqualTo("10.0.1.11/24");
        assertThat(lab.agentLog("n2")).containsOnlyOnce("another live agent has the name n1");

        lab.stopAgent("n1");
        lab.eventually(
                "the second has the name", () -> lab.ready("n2") && stored(NODE).contains("10.0.1.12/24"));
        assertThat(status().path("address").asText()).isEqualTo("10.0.1.12/24");
    }

    @Test
    void onTheSameMachineLeavesTheNameToTheFirstAgainWhenItEnds() throws Exception {
        String first = status().path("instance").asText();
        List<String> again =
                lab.culvert("n1", "agent", "--listen=127.0.0.1:9475", "--state-dir=" + directory.resolve("x"));
        Process second = lab.startIn("n1", directory.resolve("second.log"), again);
        lab.eventually(
                "the second has the status",
                () -> !status().path("instance").asText().equals(first));
        lab.eventually(
                "the first gives way", () -> lab.get("n1", "/readyz").contains("another live agent has the name n1"));
        second.destroy();
        second.waitFor();
        lab.eventually(
                "the first has it again",
                () -> status().path("instance").asText().equals(first) && lab.ready("n1"));
    }

    @Test
    void aStatusThatSomebodyDeletesIsPutAgain() {
        // Twice: after the first time, the agent may just have had news to write.
        for (int i = 0; i < 2; i++) {
            lab.etcdctl("del", STATUS);
            lab.eventually("the status is back", () -> !stored(STATUS).isEmpty());
        }
        assertThat(lab.ready("n1")).isTrue();
    }

    @Test
    void anAgentThatCrashedIsFollowedAtOnce() throws Exception {
        String first = status().path("instance").asText();
        lab.signal("n1", "KILL");
        lab.startAgent("n1");
        lab.eventually(
                "the next one has the name",
                () -> !status().path("instance").asText().equals(first));
        assertThat(lab.agentLog("n1")).doesNotContain("another live agent");
    }

    @Test
    void cleanupIsRefusedBesideARunningAgent() throws Exception {
        String[] cleanup = lab.culvert("n1", "cleanup").toArray(String[]::new);
        assertThatThrownBy(() -> lab.run("n1", cleanup))
                .hasMessageContaining("the agent of node n1 is running and would restore everything, with packets lost"
                        + " meanwhile: stop it first, or use --force");
        assertThat(lab.run("n1", "nft", "list", "ruleset")).contains("table ip culvert");
        assertThat(lab.run("n1", lab.culvert("n1", "cleanup", "--dry-run").toArray(String[]::new)))
                .contains("nft delete table ip culvert");
        assertThat(lab.run("n1", lab.culvert("n1", "cleanup", "--force").toArray(String[]::new)))
                .contains("nft delete table ip culvert");

        lab.signal("n1", "KILL");
        assertThat(lab.run("n1", cleanup)).isNotNull();
        assertThat(lab.run("n1", "nft", "list", "ruleset")).isEmpty();
    }

    private String stored(String key) {
        return lab.etcdctl("get", "--print-value-only", key).strip();
    }

    private JsonNode status() throws IOException {
        return new ObjectMapper().readTree(stored(STATUS).isEmpty() ? "{}" : stored(STATUS));
    }

    private long poolRevision() throws IOException {
        return new ObjectMapper()
                .readTree(lab.etcdctl("get", POOL, "-w", "json"))
                .at("/kvs/0/mod_revision")
                .asLong();
    }
}
