package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
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
 * What the Helm chart's containers run, as the chart renders it, with three real agents: the commands, their environment and their lack
 * of capabilities. That the recorded manifest is what Helm renders today, the chart's own tests say.
 */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
class ChartTest {

    private static final Path MANIFEST = Path.of("..", "charts", "src", "test", "resources", "golden", "pools.yaml");
    private static final Path SCHEMA = Path.of("..", "charts", "culvert", "values.schema.json");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;

    @BeforeAll
    static void build() throws IOException {
        lab = new ThreeNodes(directory);
        Path program = Files.createDirectory(directory.resolve("bin")).resolve("culvert");
        Files.writeString(
                program,
                "#!/bin/sh\nset -- " + String.join(" ", ThreeNodes.program()) + " \"$@\"\n"
                        + "program=$1; shift; exec \"$program\" $CULVERT_JAVA_OPTS \"$@\"\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    @Test
    @Order(1)
    void theAgentReadsEveryVariableOfItsContainer() throws IOException {
        List<String> names = new ArrayList<>();
        for (JsonNode variable : container(object("DaemonSet")).path("env")) {
            names.add(variable.path("name").asText());
        }
        names.remove("CULVERT_JAVA_OPTS");

        assertThat(names).contains("NODENAME", "ETCD_ENDPOINTS", "CULVERT_STATE_DIR");
        assertThat(lab.run("n1", lab.culvert("n1", "agent", "--help").toArray(String[]::new)))
                .contains(names);
    }

    @Test
    @Order(1)
    void theSchemaKnowsTheFieldsOfAPool() throws IOException {
        List<String> known = lab.run(
                        "n1", lab.culvert("n1", "explain", "ippool.spec").toArray(String[]::new))
                .lines()
                .dropWhile(line -> !line.startsWith("FIELD "))
                .skip(1)
                .map(line -> line.split(" ", -1)[0])
                .toList();
        JsonNode schema = new ObjectMapper().readTree(SCHEMA.toFile());
        List<String> allowed = new ArrayList<>();
        schema.at("/properties/pools/items/properties/spec/properties")
                .fieldNames()
                .forEachRemaining(allowed::add);

        assertThat(allowed).isNotEmpty().containsExactlyInAnyOrderElementsOf(known);
    }

    @Test
    @Order(2)
    void theTestFailsWhileNoAgentRuns() throws IOException {
        assertThat(runTestUntil("FAILED: no node in etcd")).contains("exit 1");
    }

    @Test
    @Order(3)
    void theJobAppliesThePoolsAndWaitsForEveryNode() throws IOException {
        for (String node : ThreeNodes.NODES) {
            lab.startAgent(node);
        }
        for (String node : ThreeNodes.NODES) {
            awaitReady(node);
        }

        assertThat(runContainer(object("Job")))
                .contains(
                        "ippool/web created",
                        "ippool/batch created",
                        "ippool/web converged on 3 nodes",
                        "ippool/batch converged on 3 nodes",
                        "exit 0");
    }

    private static void awaitReady(String node) {
        lab.eventually(node + " is ready", () -> lab.ready(node));
    }

    @Test
    @Order(4)
    void theTestPassesWhenEveryNodeHasConverged() throws IOException {
        assertThat(runTestUntil("exit 0"))
                .containsPattern("(?m)^web +192.168.0.0/17 +Never +true +3/3 +\\d+$")
                .contains("exit 0");
    }

    @Test
    @Order(5)
    void theJobChangesNothingTheSecondTime() throws IOException {
        assertThat(runContainer(object("Job"))).contains("ippool/web unchanged", "ippool/batch unchanged", "exit 0");
    }

    @Test
    @Order(6)
    void theTestFailsWhileANodeHasNoAgent() throws IOException {
        lab.etcdctl(
                "put",
                "/calico/resources/v3/projectcalico.org/nodes/n9",
                "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"n9\"},"
                        + "\"spec\":{\"bgp\":{\"ipv4Address\":\"10.0.1.19/24\"}}}");

        assertThat(runTestUntil("down: node/n9")).contains("FAILED: culvert status reports problems", "exit 1");
    }

    /** On a busy machine an agent, or etcd, may be silent for longer than the chart's test puts up with. */
    private static String runTestUntil(String said) throws IOException {
        long start = System.nanoTime();
        String output = runContainer(object("Pod"));
        while (!output.contains(said) && System.nanoTime() - start < LIMIT.toNanos()) {
            output = runContainer(object("Pod"));
        }
        assertThat(output).contains(said);
        return output;
    }

    /** Runs what the only container of the object's pod runs, on n1, without a capability; the files of its ConfigMap are there. */
    private static String runContainer(JsonNode object) throws IOException {
        JsonNode container = container(object);
        assertThat(container.at("/securityContext/capabilities")).hasToString("{\"drop\":[\"ALL\"]}");
        List<String> words = new ArrayList<>(List.of(
                "sh",
                "-c",
                "\"$@\" 2>&1; echo \"exit $?\"",
                "sh",
                "setpriv",
                "--bounding-set=-all",
                "--inh-caps=-all",
                "--no-new-privs",
                "env",
                "-i",
                "PATH=" + directory.resolve("bin") + ":/usr/bin:/bin"));
        for (JsonNode variable : container.path("env")) {
            words.add(variable.path("name").asText() + "="
                    + variable.path("value").asText());
        }
        Path files = files();
        String mounted = mountOfPools(container);
        container.path("command").forEach(word -> words.add(word.asText().replace(mounted, files.toString())));
        return lab.run("n1", words.toArray(String[]::new));
    }

    private static Path files() throws IOException {
        Path files = Files.createDirectories(directory.resolve("pools"));
        for (var file : object("ConfigMap").path("data").properties()) {
            Files.writeString(files.resolve(file.getKey()), file.getValue().asText());
        }
        return files;
    }

    private static String mountOfPools(JsonNode container) {
        return StreamSupport.stream(container.path("volumeMounts").spliterator(), false)
                .filter(mount -> mount.path("name").asText().equals("pools"))
                .map(mount -> mount.path("mountPath").asText())
                .findFirst()
                .orElse("/no pools are mounted");
    }

    private static JsonNode container(JsonNode object) {
        JsonNode inPod = object.at("/spec/containers/0");
        return inPod.isMissingNode() ? object.at("/spec/template/spec/containers/0") : inPod;
    }

    private static JsonNode object(String kind) throws IOException {
        try (MappingIterator<JsonNode> documents =
                new YAMLMapper().readerFor(JsonNode.class).readValues(MANIFEST.toFile())) {
            return documents.readAll().stream()
                    .filter(document -> document.path("kind").asText().equals(kind))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
