package io.culvert.operator.cli.diff;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.cli.CommandRun;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code culvert diff} against a real etcd: three nodes in two subnets, one block each. No agent runs. */
class DiffCommandTest {

    private static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";
    private static final String POOL = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: blue
            spec:
              cidr: 192.168.0.0/16
              ipipMode: Always
              natOutgoing: true
            """;

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    @BeforeEach
    void threeNodesInTwoSubnets() throws IOException {
        assertThat(CommandRun.of(POOL, "apply", "-f", "-", "--etcd-endpoints", ETCD.endpoint())
                        .exitCode())
                .isZero();
        node("n1", "10.0.1.11/24", 0);
        node("n2", "10.0.1.12/24", 1);
        node("n3", "10.0.2.13/24", 2);
    }

    private static void node(String name, String address, int number) throws IOException {
        String block = "192.168.0." + 64 * number;
        put(RESOURCES + "nodes/" + name, """
                {"kind":"Node","apiVersion":"projectcalico.org/v3","metadata":{"name":"%s"},
                "spec":{"bgp":{"ipv4Address":"%s","ipv4IPIPTunnelAddr":"%s"}},"status":{}}""", name, address, block);
        put("/calico/ipam/v2/assignment/ipv4/block/" + block + "-26", """
                {"cidr":"%s/26","affinity":"host:%s","allocations":[],"unallocated":[],"attributes":[]}""", block, name);
        put(
                "/calico/ipam/v2/host/" + name + "/ipv4/block/" + block + "-26",
                "{\"state\":\"confirmed\",\"deleted\":false}");
    }

    private static void put(String key, String value, Object... values) throws IOException {
        ETCD.etcdctlReading(value.formatted(values), "put", key);
    }

    @ParameterizedTest
    @CsvSource({
        "cross-subnet, ipipMode: Always, ipipMode: CrossSubnet",
        "never, ipipMode: Always, ipipMode: Never",
        "nat, natOutgoing: true, natOutgoing: false",
        "disabled, natOutgoing: true, '{natOutgoing: true\n  disabled: true'",
        "selector, natOutgoing: true, '{natOutgoing: true\n  nodeSelector: has(rack)'",
    })
    void aChangedPool(String golden, String from, String to) throws IOException {
        assertGolden(golden, diff(POOL.replace(from, to.replace("{", ""))));
    }

    @Test
    void aNewPool() throws IOException {
        assertGolden("new-pool", diff(POOL.replace("blue", "green").replace("192.168.", "172.20.")));
    }

    @Test
    void aNodeThatChangesItsAddress() throws IOException {
        assertGolden("address", diff("""
                apiVersion: projectcalico.org/v3
                kind: Node
                metadata:
                  name: n3
                spec:
                  bgp:
                    ipv4Address: 10.0.1.13/24
                    ipv4IPIPTunnelAddr: 192.168.0.128
                """));
    }

    @Test
    void unchangedIsExitCodeNoughtAndOneNodeCanBeLookedAt() throws IOException {
        assertThat(diff(POOL)).isEqualTo(new CommandRun(0, List.of("ippool/blue unchanged"), List.of()));
        CommandRun run = diff(POOL.replace("Always", "CrossSubnet"), "--node", "n3");
        assertThat(run.out().stream().filter(line -> line.startsWith("node "))).isEmpty();
        assertThat(diff(POOL.replace("Always", "CrossSubnet"), "--node", "n2").out().stream()
                        .filter(line -> line.startsWith("node ")))
                .containsExactly("node n2 (10.0.1.12/24)");
        assertThat(run.exitCode()).isEqualTo(1);
    }

    @Test
    void badInputIsTwoAsWithApply() {
        String overlapping = POOL.replace("blue", "green");
        CommandRun applied = CommandRun.of(overlapping, "apply", "-f", "-", "--etcd-endpoints", ETCD.endpoint());
        assertThat(applied.exitCode()).isEqualTo(2);
        assertThat(diff(overlapping)).isEqualTo(applied);
        assertThat(diff(POOL.replace("blockSize", "x").replace("Always", "Sometimes"))
                        .exitCode())
                .isEqualTo(2);
        assertThat(diff(POOL, "--node", "n1").exitCode()).isZero();
        assertThat(diff(POOL.replace("Always", "Never"), "--node", "n9").exitCode())
                .isEqualTo(2);
    }

    @Test
    void aDatastoreThatDoesNotAnswerIsAboveOne() {
        CommandRun run = CommandRun.of(POOL, "diff", "-f", "-", "--etcd-endpoints", "http://127.0.0.1:1");
        assertThat(run.exitCode()).isGreaterThan(1);
        assertThat(run.err()).isNotEmpty();
    }

    @Test
    void aMalformedPoolBesideIsNamed() throws IOException {
        put(RESOURCES + "ippools/broken", "{");
        CommandRun run = diff(POOL.replace("Always", "CrossSubnet"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).singleElement().asString().contains("ippools/broken", "malformed");
    }

    @Test
    void aLockedDatastoreIsNamed() throws IOException {
        put(
                RESOURCES + "clusterinformations/default",
                "{\"spec\":{\"datastoreReady\":false},\"metadata\":{\"name\":\"default\"}}");
        assertThat(diff(POOL.replace("Always", "Never")).err())
                .singleElement()
                .asString()
                .contains("datastore is locked");
    }

    @Test
    void writesNothing() throws IOException {
        String before = ETCD.etcdctl("get", "", "--prefix");
        diff(POOL.replace("Always", "Never"));
        assertThat(ETCD.etcdctl("get", "", "--prefix")).isEqualTo(before);
    }

    private static CommandRun diff(String input, String... more) {
        List<String> words = new ArrayList<>(List.of("diff", "-f", "-", "--etcd-endpoints", ETCD.endpoint()));
        words.addAll(List.of(more));
        return CommandRun.of(input, words.toArray(String[]::new));
    }

    private static void assertGolden(String name, CommandRun run) throws IOException {
        try (InputStream golden = DiffCommandTest.class.getResourceAsStream("/diff/" + name + ".txt")) {
            assertThat(golden).as("golden file diff/%s.txt", name).isNotNull();
            assertThat(String.join("\n", run.out()) + "\nexit " + run.exitCode() + "\n")
                    .isEqualTo(new String(golden.readAllBytes(), UTF_8));
            assertThat(run.err()).isEmpty();
        }
    }
}
