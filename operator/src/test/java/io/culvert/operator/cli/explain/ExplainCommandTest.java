package io.culvert.operator.cli.explain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.culvert.operator.cli.CommandRun;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code culvert explain} in this process against a real etcd. What is in etcd, and each answer, are files in {@code
 * resources/explain}: adding a case is adding a file whose first line is the command.
 */
class ExplainCommandTest {

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    @BeforeEach
    void fill() throws IOException {
        for (String line : resource("etcd.txt").lines().toList()) {
            int space = line.indexOf(' ');
            ETCD.etcdctl("put", line.substring(0, space), line.substring(space + 1));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tunnel",
                "direct",
                "borrowed",
                "own-block",
                "own-tunnel-address",
                "tunnel-address",
                "underlay-address",
                "own-underlay-address",
                "no-pool",
                "no-block",
                "unconfirmed",
                "unowned",
                "never-other-subnet",
                "owner-missing",
                "owner-without-address",
                "guarded",
                "disabled",
                "vxlan",
                "block-outside-pools",
                "rejected-block",
                "rejected-pool",
                "prefix-of-a-block",
                "prefix-of-a-pool",
                "json",
                "field",
                "fields",
                "kind",
                "fields-of-node"
            })
    void answers(String name) throws IOException {
        List<String> golden = resource(name + ".txt").lines().toList();
        CommandRun run =
                explain(golden.get(0).substring("$ culvert explain ".length()).split(" "));
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo(golden.subList(1, golden.size()));
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void refusesWhatItCannotUnderstand() {
        assertThat(refusal("192.168.1.777", "--from", "node-a"))
                .isEqualTo("error: '192.168.1.777' is not an IPv4 address such as 10.0.1.11");
        assertThat(refusal("192.168.1.77/26", "--from", "node-a"))
                .contains("192.168.1.77/26 is not strictly masked: the network is 192.168.1.64/26");
        assertThat(refusal("192.168.1.77", "--from", "node-aa"))
                .isEqualTo("error: --from: unknown node node-aa; did you mean node-a?");
        assertThat(refusal("192.168.1.77", "--node-name", "laptop"))
                .startsWith(
                        "error: this host (laptop) is not a node: name the sending node with --from; known nodes: node-a,");
        assertThat(refusal("ippool.spec.natOutgoin"))
                .isEqualTo("error: unknown field ippool.spec.natOutgoin; did you mean ippool.spec.natOutgoing?");
        assertThat(refusal("192.168.1.77", "-o", "yaml")).isEqualTo("error: -o must be json here");
    }

    private static String refusal(String... words) {
        CommandRun run = explain(words);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        return String.join("\n", run.err());
    }

    @Test
    void saysThatASenderWithoutAddressSendsNothing() {
        CommandRun run = explain("192.168.1.77", "--from", "node-mute");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .containsExactly("error: node node-mute has no address in etcd, so it cannot send; start its agent");
    }

    @Test
    void aHostWhoseNativeLibraryCannotBeLoadedStillGetsTheAnswer() throws Exception {
        Process culvert = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-Dculvert.native=/nowhere/libculvert.so",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.culvert.operator.Main",
                        "explain",
                        "192.168.1.77",
                        "--node-name=node-a",
                        "--etcd-endpoints",
                        ETCD.endpoint())
                .redirectErrorStream(true)
                .start();
        List<String> lines = new String(culvert.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .toList();

        assertThat(lines.get(0)).startsWith("192.168.1.77 belongs to node-b: ");
        assertThat(lines.get(lines.size() - 1)).startsWith("kernel: not read: cannot load /nowhere/libculvert.so (");
        assertThat(culvert.waitFor()).isZero();
    }

    @Test
    void jsonHasWhatAProgramNeeds() throws IOException {
        CommandRun run = explain("192.168.1.77", "--from", "node-a", "-o", "json");
        JsonNode answer = new ObjectMapper().readTree(String.join("\n", run.out()));
        assertThat(answer.path("owner").asText()).isEqualTo("node-b");
        assertThat(answer.path("sameSubnet").asBoolean(true)).isFalse();
        assertThat(answer.path("outerDestination").asText()).isEqualTo("10.0.2.12");
    }

    private static CommandRun explain(String... words) {
        String[] arguments = new String[words.length + 3];
        arguments[0] = "explain";
        System.arraycopy(words, 0, arguments, 1, words.length);
        arguments[words.length + 1] = "--etcd-endpoints";
        arguments[words.length + 2] = ETCD.endpoint();
        return CommandRun.of("", arguments);
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = ExplainCommandTest.class.getResourceAsStream("/explain/" + name)) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), UTF_8);
        }
    }
}
