package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.culvert.operator.Guide;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The agents' roles of the operator's guide, made as it says: an agent does all of its work with one, and no range of keys is to spare. */
@Tag("slow")
class AgentRoleTest {

    private static final String AS_ROOT = "--user=root:secret";
    private static final String POOLS = "/calico/resources/v3/projectcalico.org/ippools/";
    private static final String NODE = "/calico/resources/v3/projectcalico.org/nodes/n1";
    private static final String STATUS = "/culvert/v1/status/n1";
    private static final String ONE_NODES = "culvert-agent-$NODE";
    private static final String SHARED = "culvert-agents";

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;

    @BeforeAll
    static void makeTheRole() throws Exception {
        lab = new ThreeNodes(directory);
        lab.eventually(
                "etcd answers",
                () -> lab.etcdShell("", "etcdctl put a b || true").contains("OK"));
        lab.etcdShell("", "etcdctl user add root:secret && etcdctl user grant-role root root && etcdctl auth enable");
        for (String role : List.of(ONE_NODES, SHARED)) {
            lab.etcdShell("root:secret", "PASSWORD=secret\n" + Guide.role(role));
        }
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    /** A pool that this kernel can serve, and one that asks for a tunnel address. */
    @BeforeEach
    void twoPools() {
        lab.etcdctl(AS_ROOT, "del", "/", "--prefix");
        lab.etcdctl(AS_ROOT, "put", POOLS + "direct", pool("direct", "192.168.0.0/16", "Never"));
        lab.etcdctl(AS_ROOT, "put", POOLS + "tunnelled", pool("tunnelled", "172.20.0.0/16", "Always"));
    }

    private static String pool(String name, String cidr, String mode) {
        return "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"" + name
                + "\"},\"spec\":{\"cidr\":\"" + cidr + "\",\"ipipMode\":\"" + mode + "\"}}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"culvert-n1", "culvert"})
    void sufficesForAWholeLife(String user) throws Exception {
        startAgent(user);
        lab.eventually("a tunnel address", () -> stored(NODE).contains("ipv4IPIPTunnelAddr\":\"172.20."));
        assertThat(keys("/calico/ipam/v2/host/n1/ipv4/block/")).contains("/192.168.", "/172.20.");
        assertThat(keys("/calico/ipam/v2/handle/")).contains("ipip-tunnel-addr-n1");

        lab.etcdctl(AS_ROOT, "del", POOLS + "tunnelled");
        lab.eventually("the tunnel address is given back", () -> !stored(NODE).contains("ipv4IPIPTunnelAddr"));
        lab.eventually("the agent is ready", () -> lab.ready("n1"));
        lab.eventually("its status says so", () -> stored(STATUS).contains("\"converged\":true"));

        lab.stopAgent("n1");
        assertThat(stored(STATUS)).as("status of an agent that has ended").isEmpty();
        assertThat(lab.agentLog("n1")).doesNotContain("permission denied");
    }

    @ParameterizedTest
    @MethodSource("grants")
    void eachRangeIsNeeded(String user, String grant) throws Exception {
        lab.etcdShell("root:secret", "NODE=n1\n" + Guide.revocation(grant));
        startAgent(user);
        try {
            lab.eventually("the agent misses it", () -> isDenied(user));
        } finally {
            lab.stopAgent("n1");
            lab.etcdShell("root:secret", "NODE=n1\n" + grant);
        }
    }

    /** An agent tells once that it does not reach etcd, for whatever reason; one that met a slow etcd first is started again. */
    private static boolean isDenied(String user) throws Exception {
        if (lab.agentLog("n1").contains("no answer")) {
            lab.stopAgent("n1");
            startAgent(user);
        }
        return lab.agentLog("n1").contains("permission denied (user " + user + ")");
    }

    static Stream<Arguments> grants() throws IOException {
        return Stream.concat(
                Guide.grants(Guide.role(ONE_NODES)).stream().map(grant -> arguments("culvert-n1", grant)),
                Guide.grants(Guide.role(SHARED)).stream().map(grant -> arguments("culvert", grant)));
    }

    private static void startAgent(String user) throws IOException {
        lab.startAgent("n1", "--etcd-username=" + user, "--etcd-password=secret");
    }

    private static String stored(String key) {
        return lab.etcdctl(AS_ROOT, "get", "--print-value-only", key);
    }

    private static String keys(String prefix) {
        return lab.etcdctl(AS_ROOT, "get", "--keys-only", "--prefix", prefix);
    }
}
