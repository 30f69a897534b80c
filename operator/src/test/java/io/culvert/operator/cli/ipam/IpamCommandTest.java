package io.culvert.operator.cli.ipam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.culvert.operator.cli.CommandRun;
import io.culvert.operator.cli.Invocation;
import io.culvert.operator.cli.terminal.Bar;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.ipam.check.IpamStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IpamCommandTest {

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    /** The consistent store, in which n2 has borrowed an address of n1's block. */
    private static IpamStore borrowing() {
        return IpamStore.consistent()
                .edit(IpamStore.BLOCK_1, "\"node\":\"n1\",\"pod\":\"web-0\"", "\"node\":\"n2\",\"pod\":\"web-0\"");
    }

    @Test
    void show_says_how_full_pools_and_nodes_are() throws IOException {
        store(borrowing());

        assertThat(culvert("ipam", "show"))
                .isEqualTo(done(
                        "POOL   CIDR             BLOCKS   USED   TOTAL   USE",
                        "p      192.168.0.0/24   2        3      256     1 %",
                        "",
                        "POOL   NODE   BLOCKS   USED   TOTAL   BORROWED   USE",
                        "p      n1     1        2      8       0          25 %",
                        "p      n2     1        1      8       1          12 %"));
    }

    @Test
    void a_terminal_gets_bars() throws IOException {
        store(borrowing());

        assertThat(onTerminal("ipam", "show", "--show-blocks"))
                .containsExactly(
                        "BLOCK            POOL   OWNER   USED   TOTAL   USE",
                        "192.168.0.0/29   p      n1      2      8       [#####               ]  25 %",
                        "192.168.0.8/29   p      n2      1      8       [##                  ]  12 %");
    }

    @Test
    void bars_show_a_little_as_something_and_only_the_whole_as_full() {
        assertThat(Bar.drawn(0, 100)).isEqualTo("[                    ]  0 %");
        assertThat(Bar.drawn(1, 65536)).isEqualTo("[#                   ]  <1 %");
        assertThat(Bar.drawn(999, 1000)).isEqualTo("[################### ]  99 %");
        assertThat(Bar.drawn(64, 64)).isEqualTo("[####################]  100 %");
        assertThat(Bar.drawn(0, 0)).isEqualTo("[                    ]  0 %");
    }

    @Test
    void show_names_blocks_borrowed_addresses_and_settings() throws IOException {
        store(borrowing());

        assertThat(culvert("ipam", "show", "--show-blocks", "--show-borrowed", "--show-configuration"))
                .isEqualTo(done(
                        "BLOCK            POOL   OWNER   USED   TOTAL   USE",
                        "192.168.0.0/29   p      n1      2      8       25 %",
                        "192.168.0.8/29   p      n2      1      8       12 %",
                        "",
                        "IP            BORROWING-NODE   BLOCK            BLOCK OWNER   TYPE       ALLOCATED-TO",
                        "192.168.0.1   n2               192.168.0.0/29   n1            workload   default/web-0",
                        "",
                        "PROPERTY               VALUE",
                        "strict_affinity        false",
                        "auto_allocate_blocks   true",
                        "maxBlocksPerHost       0 (no limit)"));
        store(borrowing().put(IpamStore.CONFIG, "{\"strict_affinity\":true,\"maxBlocksPerHost\":4}"));
        assertThat(culvert("ipam", "show", "--show-configuration").out())
                .containsExactly(
                        "PROPERTY               VALUE",
                        "strict_affinity        true",
                        "auto_allocate_blocks   false",
                        "maxBlocksPerHost       4");
    }

    @Test
    void show_says_who_holds_an_address() throws IOException {
        store(borrowing());

        assertThat(culvert("ipam", "show", "--ip", "192.168.0.1"))
                .isEqualTo(done(
                        "192.168.0.1 is in use",
                        "pool: p",
                        "block: 192.168.0.0/29, owner n1",
                        "handle: k8s-pod-network.4f1c",
                        "namespace: default",
                        "node: n2",
                        "pod: web-0",
                        "timestamp: 2026-01-02 03:04:08.1 +0000 UTC"));
        assertThat(culvert("ipam", "show", "--ip=192.168.0.2"))
                .isEqualTo(done("192.168.0.2 is not in use", "pool: p", "block: 192.168.0.0/29, owner n1"));
        assertThat(culvert("ipam", "show", "--ip=8.8.8.8"))
                .isEqualTo(done("8.8.8.8 is not in use", "pool: none", "block: none"));
        assertThat(culvert("ipam", "show", "--ip=192.168.0").exitCode()).isEqualTo(2);
    }

    @Test
    void show_speaks_json() throws IOException {
        store(borrowing());

        JsonNode pools = json(culvert("ipam", "show", "-o", "json"));
        assertThat(pools.at("/pools/0/name").asText()).isEqualTo("p");
        assertThat(pools.at("/pools/0/total").asLong()).isEqualTo(256);
        assertThat(pools.at("/pools/0/nodes/1/borrowed").asInt()).isEqualTo(1);
        assertThat(pools.path("revision").asLong()).isPositive();

        JsonNode rest = json(culvert(
                "ipam",
                "show",
                "-o",
                "json",
                "--show-blocks",
                "--show-borrowed",
                "--show-configuration",
                "--ip=192.168.0.1"));
        assertThat(rest.at("/blocks/1/owner").asText()).isEqualTo("n2");
        assertThat(rest.at("/borrowed/0/allocatedTo").asText()).isEqualTo("default/web-0");
        assertThat(rest.at("/configuration/auto_allocate_blocks").asBoolean()).isTrue();
        assertThat(rest.at("/address/attributes/pod").asText()).isEqualTo("web-0");
        assertThat(rest.has("pools")).isFalse();
    }

    @Test
    void show_does_not_lose_what_lies_in_no_pool() throws IOException {
        store(IpamStore.consistent().remove(IpamStore.POOL));

        assertThat(culvert("ipam", "show").out()).contains("-      -      2        3      16      18 %");
        assertThat(culvert("ipam", "show", "-o", "yaml").exitCode()).isEqualTo(2);
    }

    @Test
    void an_empty_store_is_shown_as_such() {
        assertThat(culvert("ipam", "show")).isEqualTo(done("no pools; 'culvert apply -f FILE' creates one"));
    }

    @Test
    void check_finds_nothing_in_a_consistent_store() throws IOException {
        store(IpamStore.consistent());

        CommandRun run = culvert("ipam", "check");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .singleElement()
                .asString()
                .matches("consistent: 1 pools, 2 nodes, 2 blocks at revision \\d+");
        assertThat(json(culvert("ipam", "check", "-o", "json")).path("findings"))
                .isEmpty();
    }

    @Test
    void check_names_each_inconsistency_in_a_line_and_ends_with_1() throws IOException {
        store(IpamStore.consistent().remove(IpamStore.AFFINITY_2).remove(IpamStore.POD_HANDLE));

        CommandRun run = culvert("ipam", "check");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .isEqualTo(
                                        "missing-handle: " + IpamStore.BLOCK_1
                                                + ": 192.168.0.1 is taken with handle k8s-pod-network.4f1c, which does not exist;"
                                                + " release by address, or create the handle: a release by handle does not find it"),
                        line -> assertThat(line).startsWith("owner-without-affinity: " + IpamStore.BLOCK_2 + ": "),
                        line -> assertThat(line).startsWith("2 inconsistencies: 1 pools, 2 nodes, 2 blocks"));
        JsonNode json = json(culvert("ipam", "check", "-o", "json"));
        assertThat(json.at("/findings/0/rule").asText()).isEqualTo("missing-handle");
        assertThat(json.at("/findings/1/key").asText()).isEqualTo(IpamStore.BLOCK_2);
    }

    @Test
    void the_group_alone_is_bad_usage() {
        CommandRun run = CommandRun.of("", "ipam");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("error: missing command: show or check");
    }

    @Test
    void delete_node_says_what_it_releases() throws IOException {
        store(IpamStore.consistent());

        assertThat(culvert("delete", "node", "n1"))
                .isEqualTo(done(
                        "released 192.168.0.0, 192.168.0.1 of block 192.168.0.0/29",
                        "deleted block 192.168.0.0/29",
                        "node/n1 deleted"));
        assertThat(culvert("delete", "node", "n1").exitCode()).isEqualTo(1);

        store(IpamStore.consistent().remove(IpamStore.NODE_1));
        CommandRun run = culvert("delete", "node", "n1");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).last().isEqualTo("node/n1 does not exist; released what was left of it");
    }

    @Test
    void delete_node_refuses_while_its_agent_is_live() throws IOException {
        store(IpamStore.consistent().put("/culvert/v1/status/n1", "{}"));

        CommandRun run = culvert("delete", "node", "n1");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .containsExactly(
                        "error: node/n1 not deleted: its agent is live and would register it again; stop the agent first (after a crash its status expires within 30 s), or use --force");
        assertThat(culvert("ipam", "check").exitCode()).isZero();
        assertThat(culvert("delete", "node", "n1", "--force").out()).last().isEqualTo("node/n1 deleted");
    }

    private static void store(IpamStore store) throws IOException {
        ETCD.etcdctl("del", "", "--prefix");
        for (Map.Entry<String, String> entry : store.values().entrySet()) {
            ETCD.etcdctlReading(entry.getValue(), "put", entry.getKey());
        }
    }

    private static JsonNode json(CommandRun run) throws IOException {
        return new ObjectMapper().readTree(String.join("\n", run.out()));
    }

    private static CommandRun culvert(String... words) {
        return CommandRun.of("", atEtcd(words));
    }

    private static String[] atEtcd(String... words) {
        List<String> arguments = new ArrayList<>(List.of(words));
        arguments.add("--etcd-endpoints=" + ETCD.endpoint());
        return arguments.toArray(String[]::new);
    }

    private static List<String> onTerminal(String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Invocation.run(
                new Terminal(
                        new ByteArrayInputStream("".getBytes(UTF_8)), new PrintWriter(out), new PrintWriter(err), true),
                atEtcd(words));
        assertThat(err.toString()).isEmpty();
        return out.toString().lines().toList();
    }

    private static CommandRun done(String... lines) {
        return new CommandRun(0, List.of(lines), List.of());
    }
}
