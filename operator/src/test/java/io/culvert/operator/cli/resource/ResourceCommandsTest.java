package io.culvert.operator.cli.resource;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.culvert.operator.Eventually;
import io.culvert.operator.cli.CommandRun;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on resources, run in this process against a real etcd. */
public class ResourceCommandsTest {

    private static final String POOLS = "/calico/resources/v3/projectcalico.org/ippools/";

    private static final String CLUSTER = "/calico/resources/v3/projectcalico.org/clusterinformations/default";

    private static final String LOCKED =
            "warning: the datastore is locked (ClusterInformation default says datastoreReady: false), so nodes keep"
                    + " their state: they follow no change in etcd and write none until it is true";

    /** The founding page's first document, word for word. */
    private static final String ALWAYS = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: ippool-ipip-1
            spec:
              cidr: 192.168.0.0/16
              ipipMode: Always
              natOutgoing: true
            """;

    /** The founding page's second document, word for word. */
    private static final String CROSS_SUBNET = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: ippool-cs-1
            spec:
              cidr: 192.168.0.0/16
              ipipMode: CrossSubnet
              natOutgoing: true
            """;

    private static final String NODE = """
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata:
              name: n1
            spec:
              bgp:
                ipv4Address: 10.0.1.11/24
            """;

    private static final String REFUSAL =
            "error: standard input, document 1, line 6: spec.cidr: \"192.168.0.0/16\": pool ippool-cs-1 would overlap pool"
                    + " ippool-ipip-1 (192.168.0.0/16): to change that pool, for example its ipipMode, apply a document with"
                    + " its name ippool-ipip-1; to replace it, delete it first with 'culvert delete ippool ippool-ipip-1'";

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    @Test
    void appliesAPoolThenFindsItUnchangedThenConfiguresIt() throws IOException {
        assertThat(apply(ALWAYS)).isEqualTo(done("ippool/ippool-ipip-1 created"));
        JsonNode created = stored("ippool-ipip-1");
        assertThat(apply(ALWAYS)).isEqualTo(done("ippool/ippool-ipip-1 unchanged"));
        assertThat(stored("ippool-ipip-1")).isEqualTo(created);

        assertThat(apply(ALWAYS.replace("Always", "CrossSubnet"))).isEqualTo(done("ippool/ippool-ipip-1 configured"));
        JsonNode configured = stored("ippool-ipip-1");
        assertThat(configured.path("spec").path("ipipMode").asText()).isEqualTo("CrossSubnet");
        assertThat(configured.path("metadata")).isEqualTo(created.path("metadata"));
    }

    @Test
    void storesWhatCalicoWouldStore() throws IOException {
        apply(ALWAYS);

        JsonNode pool = stored("ippool-ipip-1");
        assertThat(pool.path("spec")).isEqualTo(tree("""
                {"cidr":"192.168.0.0/16","ipipMode":"Always","natOutgoing":true,"vxlanMode":"Never","blockSize":26,
                "nodeSelector":"all()","allowedUses":["Workload","Tunnel"],"assignmentMode":"Automatic"}"""));
        assertThat(pool.path("metadata").path("uid").asText()).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        assertThat(pool.path("metadata").path("creationTimestamp").asText())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
        assertThat(pool.path("metadata").has("resourceVersion")).isFalse();
    }

    @Test
    void withoutAModeAPoolIsAlwaysTunnelled() throws IOException {
        String without = ALWAYS.replace("  ipipMode: Always\n", "");
        apply(without);
        assertThat(stored("ippool-ipip-1").path("spec").path("ipipMode").asText())
                .isEqualTo("Always");

        apply(ALWAYS.replace("Always", "Never"));
        assertThat(apply(without)).isEqualTo(done("ippool/ippool-ipip-1 configured"));
        assertThat(stored("ippool-ipip-1").path("spec").path("ipipMode").asText())
                .isEqualTo("Always");
    }

    @Test
    void refusesTheSecondPoolWhileTheFirstExistsAndNamesTwoWaysOut() throws IOException {
        apply(ALWAYS);

        assertThat(apply(CROSS_SUBNET)).isEqualTo(new CommandRun(2, List.of(), List.of(REFUSAL)));
        assertThat(ETCD.etcdctl("get", POOLS, "--prefix", "--keys-only").strip())
                .isEqualTo(POOLS + "ippool-ipip-1");

        assertThat(apply(CROSS_SUBNET.replace("ippool-cs-1", "ippool-ipip-1")))
                .isEqualTo(done("ippool/ippool-ipip-1 configured"));
        assertThat(culvert("delete", "ippool", "ippool-ipip-1")).isEqualTo(done("ippool/ippool-ipip-1 deleted"));
        assertThat(apply(CROSS_SUBNET)).isEqualTo(done("ippool/ippool-cs-1 created"));
    }

    @Test
    void poolsInOneInputMustNotOverlapEither() throws IOException {
        CommandRun run = apply(ALWAYS + "---\n" + CROSS_SUBNET);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .singleElement()
                .asString()
                .contains("document 2, line 15", "would overlap pool ippool-ipip-1");
        assertThat(ETCD.etcdctl("get", "", "--prefix", "--keys-only")).isBlank();
    }

    @Test
    void aBrokenFileIsNamedFaultByFaultAndNothingIsWritten() throws IOException {
        CommandRun run = apply(ALWAYS + "---\n"
                + CROSS_SUBNET
                        .replace("192.168.0.0/16", "10.0.0.1/16")
                        .replace("CrossSubnet", "Crosssubnet")
                        .replace("natOutgoing", "natOutgoin"));

        assertThat(run)
                .isEqualTo(new CommandRun(
                        2,
                        List.of(),
                        List.of(
                                "error: standard input, document 2, line 17: spec.natOutgoin: true: unknown field; did you"
                                        + " mean natOutgoing?",
                                "error: standard input, document 2, line 15: spec.cidr: \"10.0.0.1/16\": must be strictly"
                                        + " masked, without host bits; did you mean 10.0.0.0/16?",
                                "error: standard input, document 2, line 16: spec.ipipMode: \"Crosssubnet\": must be"
                                        + " Always, CrossSubnet or Never; did you mean CrossSubnet?")));
        assertThat(ETCD.etcdctl("get", "", "--prefix", "--keys-only")).isBlank();
    }

    @Test
    void aDryRunWritesNothing() throws IOException {
        assertThat(culvertReading(ALWAYS, "apply", "-f", "-", "--dry-run"))
                .isEqualTo(done("ippool/ippool-ipip-1 created (dry run)"));
        assertThat(ETCD.etcdctl("get", "", "--prefix", "--keys-only")).isBlank();
    }

    @Test
    void cidrAndBlockSizeStayForLife() {
        apply(ALWAYS);

        assertThat(apply(ALWAYS.replace("192.168.0.0/16", "10.0.0.0/16")).err())
                .containsExactly(
                        "error: standard input, document 1, line 6: spec.cidr: \"10.0.0.0/16\": cannot be changed"
                                + " from 192.168.0.0/16; delete and recreate the pool");
        assertThat(apply(ALWAYS + "  blockSize: 28\n").err())
                .containsExactly(
                        "error: standard input, document 1, line 9: spec.blockSize: 28: cannot be changed from 26;"
                                + " delete and recreate the pool");
    }

    @Test
    void keepsWhatOthersWroteIntoThePool() throws IOException {
        put("ippool-ipip-1", """
                {"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"ippool-ipip-1","uid":"u",
                "creationTimestamp":"2026-01-02T03:04:05Z","finalizers":["f"]},"spec":{"cidr":"192.168.0.0/16",
                "ipipMode":"Never","blockSize":28,"fromTheFuture":{"a":9007199254740993}},"status":{"conditions":[]}}""");

        assertThat(apply(ALWAYS)).isEqualTo(done("ippool/ippool-ipip-1 configured"));
        assertThat(stored("ippool-ipip-1")).isEqualTo(tree("""
                {"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"ippool-ipip-1","uid":"u",
                "creationTimestamp":"2026-01-02T03:04:05Z","finalizers":["f"]},"spec":{"cidr":"192.168.0.0/16",
                "ipipMode":"Always","blockSize":28,"fromTheFuture":{"a":9007199254740993},"natOutgoing":true,
                "vxlanMode":"Never","nodeSelector":"all()","allowedUses":["Workload","Tunnel"],
                "assignmentMode":"Automatic"},"status":{"conditions":[]}}"""));
    }

    @Test
    void showsWhatCalicoctlStoredAndWhatAPersonPut() throws IOException {
        put("default-ipv4-ippool", """
                {"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"default-ipv4-ippool","uid":"u",
                "creationTimestamp":"2026-01-02T03:04:05Z"},"spec":{"cidr":"172.16.0.0/12","vxlanMode":"Never",
                "ipipMode":"CrossSubnet","natOutgoing":true,"blockSize":26,"nodeSelector":"all()",
                "allowedUses":["Workload","Tunnel"],"assignmentMode":"Automatic"}}""");
        put("bare", "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"bare\"},\"spec\":{\"cidr\":\"10.0.0.0/8\"}}");

        assertThat(culvert("get", "ippools"))
                .isEqualTo(done(
                        "NAME                  CIDR            SELECTOR",
                        "bare                  10.0.0.0/8      all()",
                        "default-ipv4-ippool   172.16.0.0/12   all()"));
        assertThat(culvert("get", "ipp", "bare", "-o", "wide", "--no-headers").out())
                .containsExactly(
                        "bare   10.0.0.0/8   false   Always     Never       false      false              all()      Automatic");
        assertThat(culvert("get", "pool", "-o", "name")).isEqualTo(done("ippool/bare", "ippool/default-ipv4-ippool"));
        assertThat(tree(String.join(
                                "\n",
                                culvert("get", "ippool/bare", "-o", "json").out()))
                        .path("spec")
                        .path("ipipMode")
                        .asText())
                .isEqualTo("Always");
    }

    @Test
    void whatGetShowsMayBeAppliedAgain() {
        apply(ALWAYS);
        apply(CROSS_SUBNET.replace("192.168", "10.0"));

        for (List<String> get :
                List.of(List.of("-o", "yaml"), List.of("-o", "json"), List.of("ippool-cs-1", "-o", "yaml"))) {
            List<String> words = new ArrayList<>(List.of("get", "ippool"));
            words.addAll(get);
            CommandRun shown = culvert(words.toArray(String[]::new));
            CommandRun run = apply(String.join("\n", shown.out()));
            assertThat(run.err()).isEmpty();
            assertThat(run.out()).isNotEmpty().allMatch(line -> line.endsWith(" unchanged"));
        }
    }

    @Test
    void aStaleVersionIsNotOverwritten() {
        apply(ALWAYS);
        String read = String.join(
                "\n", culvert("get", "ippool", "ippool-ipip-1", "-o", "yaml").out());
        apply(ALWAYS.replace("Always", "Never"));

        CommandRun run = apply(read);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).singleElement().asString().contains("ippool/ippool-ipip-1 has changed since you read it");
    }

    @Test
    void createAndReplaceInsistOnWhatIsThere() {
        assertThat(culvertReading(ALWAYS, "replace", "-f", "-"))
                .isEqualTo(
                        failed(
                                "standard input, document 1: ippool/ippool-ipip-1 does not exist; use 'culvert apply' or 'culvert create' to create it"));
        assertThat(culvertReading(ALWAYS, "create", "-f", "-")).isEqualTo(done("ippool/ippool-ipip-1 created"));
        assertThat(culvertReading(ALWAYS, "create", "-f", "-"))
                .isEqualTo(
                        failed(
                                "standard input, document 1: ippool/ippool-ipip-1 already exists; use 'culvert apply' or 'culvert replace' to modify it"));
        assertThat(culvertReading(ALWAYS.replace("Always", "Never"), "replace", "-f", "-"))
                .isEqualTo(done("ippool/ippool-ipip-1 replaced"));
    }

    @Test
    void namesWhatIsMissing() {
        apply(ALWAYS);

        assertThat(culvert("get", "ippool", "ippool-ipip-2"))
                .isEqualTo(failed("ippool/ippool-ipip-2 does not exist; did you mean ippool-ipip-1?"));
        assertThat(culvert("delete", "ippool", "other")).isEqualTo(failed("ippool/other does not exist"));
        assertThat(culvert("delete", "ippool", "other", "-s")).isEqualTo(done());
        assertThat(culvert("wait", "ippool/other")).isEqualTo(failed("ippool/other does not exist"));
    }

    @Test
    void deletesWhatAFileNames() {
        apply(ALWAYS);

        assertThat(culvertReading(ALWAYS, "delete", "-f", "-")).isEqualTo(done("ippool/ippool-ipip-1 deleted"));
        assertThat(culvert("get", "pools")).isEqualTo(done("NAME   CIDR   SELECTOR"));
    }

    @Test
    void deletesSeveralByNameEachWhateverBecomesOfTheOthers() {
        apply(ALWAYS);
        apply(CROSS_SUBNET.replace("192.168", "10.0"));

        assertThat(culvert("delete", "ippool", "ippool-ipip-1", "other", "ippool-cs-1"))
                .isEqualTo(new CommandRun(
                        1,
                        List.of("ippool/ippool-ipip-1 deleted", "ippool/ippool-cs-1 deleted"),
                        List.of("error: ippool/other does not exist")));
    }

    @Test
    void deletesWhatAListNames() {
        apply(ALWAYS);
        apply(CROSS_SUBNET.replace("192.168", "10.0"));
        String list = String.join("\n", culvert("get", "pools", "-o", "yaml").out());

        assertThat(culvertReading(list, "delete", "-f", "-"))
                .isEqualTo(done("ippool/ippool-cs-1 deleted", "ippool/ippool-ipip-1 deleted"));
    }

    @Test
    void getsWhatAFileNames() throws IOException {
        String missing = CROSS_SUBNET.replace("ippool-cs-1", "ippool-ipip-2").replace("192.168", "10.0");
        apply(ALWAYS);
        apply(CROSS_SUBNET.replace("192.168", "10.0"));
        apply(NODE);

        assertThat(culvertReading(ALWAYS, "get", "-f", "-", "-o", "name")).isEqualTo(done("ippool/ippool-ipip-1"));
        assertThat(tree(String.join(
                                "\n",
                                culvertReading(ALWAYS, "get", "-f", "-", "-o", "json")
                                        .out()))
                        .at("/spec/vxlanMode")
                        .asText())
                .isEqualTo("Never");
        assertThat(culvertReading(ALWAYS + "---\n" + NODE, "get", "-f", "-"))
                .isEqualTo(done(
                        "NAME            CIDR             SELECTOR",
                        "ippool-ipip-1   192.168.0.0/16   all()",
                        "",
                        "NAME",
                        "n1"));
        assertThat(culvertReading(ALWAYS + "---\n" + missing, "get", "-f", "-", "-o", "name"))
                .isEqualTo(new CommandRun(
                        1,
                        List.of("ippool/ippool-ipip-1"),
                        List.of("error: ippool/ippool-ipip-2 does not exist; did you mean ippool-ipip-1?")));
        String both = String.join(
                "\n",
                culvertReading(ALWAYS + "---\n" + NODE, "get", "-f", "-", "-o", "yaml")
                        .out());
        assertThat(apply(both)).isEqualTo(done("ippool/ippool-ipip-1 unchanged", "node/n1 unchanged"));
    }

    @Test
    void createMayLeaveWhatExists() throws IOException {
        apply(ALWAYS);
        JsonNode before = stored("ippool-ipip-1");

        assertThat(culvertReading(
                        ALWAYS.replace("Always", "Never") + "---\n" + CROSS_SUBNET.replace("192.168", "10.0"),
                        "create",
                        "--skip-exists",
                        "-f",
                        "-"))
                .isEqualTo(done("ippool/ippool-ipip-1 skipped: already exists", "ippool/ippool-cs-1 created"));
        assertThat(stored("ippool-ipip-1")).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"apply", "create", "replace", "delete", "get", "validate", "diff"})
    void namesTheKindsItHandlesAndWhoHandlesTheOthers(String command) throws IOException {
        String felix = """
                apiVersion: projectcalico.org/v3
                kind: FelixConfiguration
                metadata:
                  name: default
                spec:
                  ipipEnabled: false
                """;

        List<String> words = new ArrayList<>(List.of(command, "-f", "-"));
        if (!command.equals("validate")) {
            words.add("--etcd-endpoints=" + ETCD.endpoint());
        }
        assertThat(CommandRun.of(felix, words.toArray(String[]::new)))
                .isEqualTo(new CommandRun(
                        2,
                        List.of(),
                        List.of(
                                "error: standard input, document 1, line 2: kind: \"FelixConfiguration\": must be IPPool or"
                                        + " Node; use calicoctl for Calico's other kinds")));
        assertThat(ETCD.etcdctl("get", "", "--prefix", "--keys-only")).isBlank();
    }

    @Test
    void aWatchOfANameThatDoesNotExistIsAnError() {
        apply(ALWAYS);

        assertThat(culvert("get", "ippool", "ippool-ipip-2", "-w"))
                .isEqualTo(failed("ippool/ippool-ipip-2 does not exist; did you mean ippool-ipip-1?"));
    }

    @Test
    void handlesNodesToo() {
        assertThat(apply(NODE)).isEqualTo(done("node/n1 created"));
        assertThat(apply(NODE)).isEqualTo(done("node/n1 unchanged"));
        assertThat(culvert("get", "nodes", "-o", "wide"))
                .isEqualTo(done("NAME   ASN   IPV4           IPV6", "n1     -     10.0.1.11/24   -"));
        assertThat(culvert("delete", "node", "n1")).isEqualTo(done("node/n1 deleted"));
    }

    @Test
    void anUnreachableDatastoreIsOneLine() {
        CommandRun run = CommandRun.of("", "get", "pools", "--etcd-endpoints", "http://127.0.0.1:1");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .singleElement()
                .asString()
                .startsWith("error: cannot list")
                .contains("http://127.0.0.1:1");
    }

    @Test
    void waitsUntilEveryLiveNodeHasConverged() throws IOException {
        say("n1", 0, true);
        say("n2", 0, true);
        CompletableFuture<CommandRun> apply =
                CompletableFuture.supplyAsync(() -> culvertReading(ALWAYS, "apply", "--wait=20s", "-f", "-"));
        Eventually.holds("the pool is stored", () -> {
            assertThat(apply).isNotDone();
            return !ETCD.etcdctl("get", POOLS + "ippool-ipip-1").isEmpty();
        });

        say("n1", 1_000_000, true);
        assertThat(apply).isNotDone();
        say("n2", 1_000_000, true);

        CommandRun run = apply.join();
        assertThat(run.exitCode()).as("%s", run).isZero();
        assertThat(run.out())
                .containsExactly("ippool/ippool-ipip-1 created", "ippool/ippool-ipip-1 converged on 2 nodes");
        assertThat(run.err())
                .last()
                .asString()
                .startsWith("ippool/ippool-ipip-1: ")
                .contains("nodes converged; waiting for");
        assertThat(culvert("wait", "ippool/ippool-ipip-1", "--for=converged", "--timeout=60s"))
                .isEqualTo(done("ippool/ippool-ipip-1 converged on 2 nodes"));
    }

    @Test
    void namesWhoLagsWhenTimeIsUp() throws IOException {
        say("n1", 1_000_000, true);
        say("n2", 1_000_000, false);

        CommandRun run = culvertReading(ALWAYS, "apply", "--wait=300ms", "-f", "-");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).containsExactly("ippool/ippool-ipip-1 created");
        assertThat(run.err())
                .containsExactly(
                        "ippool/ippool-ipip-1: 1/2 nodes converged; waiting for n2 (1 of 2 routes are failing: route"
                                + " 192.168.1.0/26: a foreign route has its place [conflict])",
                        "error: ippool/ippool-ipip-1 has not converged within 0.3 s: 1/2 nodes converged; waiting for n2",
                        "error: node n2 1 of 2 routes are failing: route 192.168.1.0/26: a foreign route has its place"
                                + " [conflict]");
        assertThat(culvert("wait", "pool/ippool-ipip-1", "--timeout=0").exitCode())
                .isEqualTo(1);
    }

    @Test
    void showsTheStateOfPoolsAndNodesAndEveryProblem() throws IOException {
        apply(ALWAYS);
        apply("""
                apiVersion: projectcalico.org/v3
                kind: Node
                metadata:
                  name: n3
                spec:
                  bgp:
                    ipv4Address: 10.0.2.13/24
                """);
        put("broken", "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"broken\"},\"spec\":{\"cidr\":\"10.0.0.1/8\"}}");
        put("six", "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"six\"},\"spec\":{\"cidr\":\"fd00::/48\"}}");
        put("torn", "{\"kind\":");
        put("mangled", "{\"kind\":");
        say("n1", 1_000_000, true);
        say("n2", 1_000_000, false);
        long revision = tree(String.join(
                        "\n",
                        culvert("get", "ippool/ippool-ipip-1", "-o", "json").out()))
                .path("metadata")
                .path("resourceVersion")
                .asLong();

        CommandRun run = culvert("status");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out().subList(0, 10))
                .satisfiesExactly(
                        line -> assertThat(line).matches("NAME +CIDR +MODE +NAT +NODES +REVISION"),
                        line -> assertThat(line).matches("broken +10.0.0.1/8 +invalid +false +0/2 +\\d+"),
                        line -> assertThat(line)
                                .matches("ippool-ipip-1 +192.168.0.0/16 +Always +true +1/2 +" + revision),
                        line -> assertThat(line).matches("six +fd00::/48 +unsupported +false +- +\\d+"),
                        line -> assertThat(line).isEmpty(),
                        line -> assertThat(line).matches("NODE +ADDRESS +REVISION +FAILING +SEEN"),
                        line -> assertThat(line).matches("n1 +10.0.1.11/24 +1000000 +0 +live"),
                        line -> assertThat(line).matches("n2 +10.0.1.11/24 +1000000 +1 +live"),
                        line -> assertThat(line).matches("n3 +10.0.2.13/24 +- +- +down"),
                        line -> assertThat(line).isEmpty());
        assertThat(run.out().subList(10, run.out().size()))
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("down: node/n3: no agent status in etcd"),
                        line -> assertThat(line)
                                .isEqualTo("rejected: " + POOLS
                                        + "torn: is not JSON; its last good value stays in force" + " (n1, n2)"),
                        line -> assertThat(line)
                                .startsWith(
                                        "rejected: " + POOLS + "broken: spec.cidr: \"10.0.0.1/8\": must be strictly"),
                        line -> assertThat(line).startsWith("rejected: ").contains(POOLS + "mangled", "malformed"),
                        line -> assertThat(line)
                                .isEqualTo(
                                        "failing: route 192.168.1.0/26: a foreign route has its place [conflict] (n2)"),
                        line -> assertThat(line)
                                .isEqualTo(
                                        "unrouted: 10.9.0.0/26 of ippool/ippool-ipip-1: its node has no address (n1, n2)"),
                        line -> assertThat(line).isEqualTo("warning: eth0 has a strict rp_filter (n1, n2)"),
                        line -> assertThat(line)
                                .isEqualTo("unsupported: ippool/six: is an IPv6 pool; IP-in-IP carries IPv4 only"));

        JsonNode json = tree(String.join("\n", culvert("status", "-o", "json").out()));
        assertThat(json.at("/pools/1/name").asText()).isEqualTo("ippool-ipip-1");
        assertThat(json.at("/pools/1/nodesConverged").asInt()).isEqualTo(1);
        assertThat(json.at("/pools/1/nodesLive").asInt()).isEqualTo(2);
        assertThat(json.at("/nodes/0/appliedRevision").asLong()).isEqualTo(1_000_000);
        assertThat(json.at("/nodes/2/live").asBoolean(true)).isFalse();
        assertThat(json.at("/problems/4/type").asText()).isEqualTo("failing");
    }

    @Test
    void aLockedDatastoreIsAWarningOfStatusAndOfEveryWrite() throws IOException {
        ETCD.etcdctl("put", CLUSTER, "{\"metadata\":{\"name\":\"default\"},\"spec\":{\"datastoreReady\":false}}");

        assertThat(culvert("status").out()).endsWith("no nodes", "", LOCKED);
        assertThat(apply(ALWAYS))
                .isEqualTo(new CommandRun(0, List.of("ippool/ippool-ipip-1 created"), List.of(LOCKED)));
        assertThat(culvertReading(ALWAYS, "replace", "-f", "-").err()).containsExactly(LOCKED);
        assertThat(culvertReading(ALWAYS, "apply", "-f", "-", "--dry-run").err())
                .isEmpty();
        assertThat(culvert("delete", "ippool", "ippool-ipip-1"))
                .isEqualTo(new CommandRun(0, List.of("ippool/ippool-ipip-1 deleted"), List.of(LOCKED)));
        assertThat(culvertReading(ALWAYS, "create", "-f", "-").err()).containsExactly(LOCKED);

        String said = LOCKED.replace("warning: ", "");
        for (String node : List.of("n1", "n2")) {
            ETCD.etcdctl(
                    "put",
                    "/culvert/v1/status/" + node,
                    "{\"node\":\"" + node + "\",\"appliedRevision\":1000000,\"warnings\":[\"" + said + "\"]}");
        }
        assertThat(culvert("status").out()).endsWith(LOCKED + " (n1, n2)").doesNotContain(LOCKED);

        ETCD.etcdctl("put", CLUSTER, "{\"metadata\":{\"name\":\"default\"},\"spec\":{\"datastoreReady\":true}}");
        ETCD.etcdctl("del", "/culvert/", "--prefix");
        assertThat(apply(ALWAYS)).isEqualTo(done("ippool/ippool-ipip-1 unchanged"));
        assertThat(culvert("status").out()).doesNotContain(LOCKED);
    }

    @Test
    void anEmptyClusterSaysSo() {
        assertThat(culvert("status")).isEqualTo(done("no pools; 'culvert apply -f FILE' creates one", "", "no nodes"));
    }

    /** An agent's status, as an agent would write it. */
    private static void say(String node, long revision, boolean converged) throws IOException {
        String failing = converged
                ? ""
                : ",'failing':[{'subject':'route 192.168.1.0/26','class':'CONFLICT','text':'a foreign route has its place'}]";
        String json = "{'node':'" + node + "','address':'10.0.1.11/24','agentVersion':'1','appliedRevision':" + revision
                + ",'pools':{'ippool-ipip-1':{'converged':" + converged + ",'desired':2,'programmed':1,'failing':1}}"
                + failing
                + ",'unrouted':[{'prefix':'10.9.0.0/26','pool':'ippool-ipip-1','reason':'its node has no address'}],"
                + "'rejected':[{'kind':'IPPool','key':'" + POOLS + "torn','reason':'is not JSON','lastGoodKept':true}],"
                + "'warnings':['eth0 has a strict rp_filter'],'timestamp':'2026-01-02T03:04:05Z'}";
        ETCD.etcdctlReading(json.replace('\'', '"'), "put", "/culvert/v1/status/" + node);
    }

    private static void put(String pool, String json) throws IOException {
        ETCD.etcdctlReading(json, "put", POOLS + pool);
    }

    private static JsonNode stored(String pool) throws IOException {
        return tree(ETCD.etcdctl("get", POOLS + pool, "--print-value-only"));
    }

    private static JsonNode tree(String json) throws IOException {
        return new ObjectMapper().readTree(json);
    }

    private static CommandRun apply(String documents) {
        return culvertReading(documents, "apply", "-f", "-");
    }

    private static CommandRun culvert(String... words) {
        return culvertReading("", words);
    }

    private static CommandRun culvertReading(String stdin, String... words) {
        List<String> arguments = new ArrayList<>(List.of(words));
        arguments.add("--etcd-endpoints=" + ETCD.endpoint());
        return CommandRun.of(stdin, arguments.toArray(String[]::new));
    }

    private static CommandRun done(String... lines) {
        return new CommandRun(0, List.of(lines), List.of());
    }

    private static CommandRun failed(String error) {
        return new CommandRun(1, List.of(), List.of("error: " + error));
    }
}
