package io.culvert.operator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Guide;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The roles of the operator's guide, made as it says: they let the commands do what they must, and no range of keys is to spare. */
class RolesTest {

    private static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";
    private static final String IPAM = "/calico/ipam/v2/";
    private static final String AS_ROOT = "root:secret";
    private static final String DENIED = "permission denied";

    private static final String POOL = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: web
            spec:
              cidr: 192.168.0.0/16
              ipipMode: Always
            """;
    private static final String NODE = """
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata:
              name: n2
            spec:
              bgp:
                ipv4Address: 10.0.1.12/24
            """;

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer("--auth-token-ttl=600");

    @BeforeAll
    static void makeTheRoles() throws IOException {
        ETCD.etcdctl("user", "add", AS_ROOT);
        ETCD.etcdctl("user", "grant-role", "root", "root");
        ETCD.etcdctl("auth", "enable");
        ETCD.shell(AS_ROOT, Guide.role("culvert-reader"));
        ETCD.shell(AS_ROOT, Guide.role("culvert-writer"));
        ETCD.shell(AS_ROOT, """
                etcdctl user add reader:secret
                etcdctl user grant-role reader culvert-reader
                etcdctl user add writer:secret
                etcdctl user grant-role writer culvert-reader
                etcdctl user grant-role writer culvert-writer
                """);
    }

    /** One pool, one node with a block, an agent that is converged, and all that Calico may have written in the node's name. */
    @BeforeEach
    void fill() throws IOException {
        ETCD.etcdctl("--user=" + AS_ROOT, "del", "", "--prefix");
        assertThat(as("root", POOL, "apply", "-f", "-").exitCode()).isZero();
        put(RESOURCES + "nodes/n1", resource("Node", "n1", "\"bgp\":{\"ipv4Address\":\"10.0.1.11/24\"}"));
        put(IPAM + "host/n1/ipv4/block/192.168.0.0-30", "{\"state\":\"confirmed\",\"deleted\":false}");
        put(
                IPAM + "assignment/ipv4/block/192.168.0.0-30",
                "{\"cidr\":\"192.168.0.0/30\",\"affinity\":\"host:n1\",\"allocations\":[0,null,null,null],\"unallocated\":[1,2,3],"
                        + "\"attributes\":[{\"handle_id\":\"a\",\"secondary\":{\"node\":\"n1\"}}],\"sequenceNumber\":7,"
                        + "\"sequenceNumberForAllocation\":{\"0\":6},\"deleted\":false}");
        put(IPAM + "handle/a", "{\"block\":{\"192.168.0.0/30\":1},\"deleted\":false}");
        for (String plural : List.of("workloadendpoints/default", "bgppeers", "hostendpoints")) {
            put(RESOURCES + plural + "/x", resource("X", "x", "\"node\":\"n1\""));
        }
        put(RESOURCES + "felixconfigurations/node.n1", resource("FelixConfiguration", "node.n1", ""));
        put(RESOURCES + "bgpconfigurations/node.n1", resource("BGPConfiguration", "node.n1", ""));
    }

    private static String resource(String kind, String name, String spec) {
        return "{\"kind\":\"" + kind + "\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"" + name
                + "\"},\"spec\":{" + spec + "}}";
    }

    private static void put(String key, String value) throws IOException {
        ETCD.etcdctl("--user=" + AS_ROOT, "put", key, value);
    }

    @Test
    void theReaderReadsAllAndWritesNothing() {
        assertThat(reading("reader")).allSatisfy(run -> assertThat(run.err()).noneMatch(line -> line.contains(DENIED)));
        assertThat(as("reader", "", "status", "-o", "json").exitCode()).isZero();
        assertThat(as("reader", "", "get", "node", "n1").exitCode()).isZero();

        assertThat(as("reader", POOL.replace("Always", "Never"), "apply", "-f", "-"))
                .satisfies(run -> assertThat(run.exitCode()).isEqualTo(1))
                .satisfies(run -> assertThat(run.err())
                        .singleElement()
                        .asString()
                        .contains(DENIED, "user reader", "the user's roles"));
        assertThat(denied(as("reader", "", "delete", "node", "n1"))).isTrue();
    }

    @Test
    void theWriterWritesAndDeletes() throws IOException {
        assertThat(writing("writer"))
                .allSatisfy(run -> assertThat(run.exitCode()).as(run.toString()).isZero());
        assertThat(ETCD.etcdctl("--user=" + AS_ROOT, "get", "/", "--prefix", "--keys-only")
                        .strip())
                .isEqualTo(RESOURCES + "nodes/n2");
    }

    @ParameterizedTest
    @MethodSource("readersGrants")
    void theReaderNeedsEachRange(String grant) throws IOException {
        without(grant, () -> assertThat(reading("reader")).anyMatch(RolesTest::denied));
    }

    static Stream<String> readersGrants() throws IOException {
        return Guide.grants(Guide.role("culvert-reader")).stream();
    }

    @ParameterizedTest
    @MethodSource("writersGrants")
    void theWriterNeedsEachRange(String grant) throws IOException {
        without(grant, () -> assertThat(writing("writer")).anyMatch(RolesTest::denied));
    }

    static Stream<String> writersGrants() throws IOException {
        return Guide.grants(Guide.role("culvert-writer")).stream();
    }

    private static void without(String grant, Runnable check) throws IOException {
        ETCD.shell(AS_ROOT, Guide.revocation(grant));
        try {
            check.run();
        } finally {
            ETCD.shell(AS_ROOT, grant);
        }
    }

    private static List<CommandRun> reading(String user) {
        return List.of(
                as(user, "", "get", "ippool"),
                as(user, "", "get", "node", "-o", "yaml"),
                as(user, "", "status"),
                as(user, "", "wait", "ippool/web", "--timeout=1s"),
                as(user, NODE, "diff", "-f", "-"),
                as(user, "", "explain", "192.168.0.1", "--from", "n1"),
                as(user, "", "ipam", "show", "--show-blocks"),
                as(user, "", "ipam", "show", "--show-configuration"),
                as(user, "", "ipam", "check"));
    }

    private static List<CommandRun> writing(String user) {
        return List.of(
                as(user, POOL.replace("Always", "CrossSubnet"), "apply", "-f", "-"),
                as(user, POOL.replace("name: web", "name: db").replace("192.168", "172.20"), "create", "-f", "-"),
                as(user, NODE, "apply", "-f", "-"),
                as(user, "", "delete", "node", "n1"),
                as(user, "", "delete", "ippool", "web", "db"));
    }

    private static boolean denied(CommandRun run) {
        return run.exitCode() != 0 && run.err().stream().anyMatch(line -> line.contains(DENIED));
    }

    private static CommandRun as(String user, String stdin, String... words) {
        List<String> arguments = new ArrayList<>(Arrays.asList(words));
        arguments.add("--etcd-endpoints=" + ETCD.endpoint());
        arguments.add("--etcd-username=" + user);
        arguments.add("--etcd-password=secret");
        return CommandRun.of(stdin, arguments.toArray(String[]::new));
    }
}
