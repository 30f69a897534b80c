package io.culvert.operator.cli.status;

import static io.culvert.operator.cli.status.TestCluster.holding;
import static io.culvert.operator.cli.status.TestCluster.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.cli.CommandRun;
import io.culvert.operator.cli.RunningCommand;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.status.NodeStatus;
import io.culvert.operator.status.StatusWriter;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code wait} and {@code apply --wait} against a real etcd, with statuses written as agents write them. */
@Timeout(60)
class ConvergenceWaitTest {

    private static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";
    private static final String NODE = """
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata:
              name: n1
            spec:
              bgp:
                ipv4Address: 10.0.1.11/24
            """;

    /** Later than everything that a test stores. */
    private static final long LATE = 1_000_000;

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    private final Map<String, StatusWriter> agents = new HashMap<>();
    private EtcdConnection etcd;

    @BeforeEach
    void connect() {
        etcd = EtcdConnection.open(EtcdConfig.plain(ETCD.endpoint()));
    }

    @AfterEach
    void disconnect() {
        etcd.close();
    }

    @Test
    void aDeletedPoolIsGoneWhenItIsGoneFromEtcdAndFromEveryLiveNode() throws IOException {
        pool("web", "10.1.0.0/16");
        tell(holding("n1", LATE, "web"));
        tell(holding("n2", LATE, "web"));
        RunningCommand wait = culvert("", "wait", "ippool/web", "--for=delete", "--timeout=30s");
        wait.awaitError("ippool/web: is still stored");

        ETCD.etcdctl("del", RESOURCES + "ippools/web");
        wait.awaitError("ippool/web: is gone from etcd, but not yet from n1, n2");
        tell(holding("n1", LATE));
        wait.awaitError("ippool/web: is gone from etcd, but not yet from n2");
        tell(holding("n2", LATE));

        assertThat(wait.end().exitCode()).isZero();
        assertThat(wait.end().out()).containsExactly("ippool/web is gone");
        assertThat(culvert("", "wait", "ippool/web", "--for=delete").end().out())
                .containsExactly("ippool/web is gone");
    }

    @Test
    void aPoolThatStaysIsNotGoneWhenTimeIsUp() throws IOException {
        pool("web", "10.1.0.0/16");
        assertThat(culvert("", "wait", "ippool/web", "--for=delete", "--timeout=100ms")
                        .end())
                .isEqualTo(new CommandRun(
                        1,
                        List.of(),
                        List.of(
                                "ippool/web: is still stored",
                                "error: ippool/web has not gone within 0.1 s: is still stored")));

        ETCD.etcdctl("del", RESOURCES + "ippools/web");
        tell(holding("n1", LATE, "web"));
        assertThat(culvert("", "wait", "ippool/web", "--for=delete", "--timeout=100ms")
                        .end()
                        .err())
                .endsWith(
                        "error: ippool/web has not gone within 0.1 s: is gone from etcd, but not yet from n1",
                        "error: node n1 still has the pool");
    }

    @Test
    void severalPoolsAreToldAsTheyConvergeAndAllAreWaitedFor() throws IOException {
        pool("a", "10.1.0.0/16");
        pool("b", "10.2.0.0/16");
        tell(holding("n1", 0));
        RunningCommand wait = culvert("", "wait", "ippool/a", "ippool/b", "ippool/a", "--timeout=30s");
        wait.awaitError("ippool/b: 0/1 nodes converged; waiting for n1");

        tell(holding("n1", LATE, "b"));
        wait.awaitOutput("ippool/b converged on 1 node");
        assertThat(wait.hasEnded()).isFalse();
        tell(holding("n1", LATE, "a", "b"));

        assertThat(wait.end().exitCode()).isZero();
        assertThat(wait.end().out()).containsExactly("ippool/b converged on 1 node", "ippool/a converged on 1 node");
    }

    @Test
    void ofSeveralPoolsThoseThatLagAreNamedWhenTimeIsUp() throws IOException {
        pool("a", "10.1.0.0/16");
        pool("b", "10.2.0.0/16");
        pool("c", "10.3.0.0/16");
        tell(holding("n1", LATE, "a"));

        CommandRun run = culvert("", "wait", "ippool/a", "ippool/b", "ippool/c", "--timeout=100ms")
                .end();

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).containsExactly("ippool/a converged on 1 node");
        assertThat(run.err())
                .endsWith(
                        "error: ippool/b has not converged within 0.1 s: 0/1 nodes converged; waiting for n1",
                        "error: ippool/c has not converged within 0.1 s: 0/1 nodes converged; waiting for n1",
                        "error: node n1 does not route the pool");
    }

    @Test
    void whatWasAppliedToANodeIsFollowedByEveryLiveNode() throws IOException {
        tell(holding("n1", 0, "web"));
        tell(holding("n2", 0, "web"));
        RunningCommand apply = culvert(NODE, "apply", "-f", "-", "--wait=30s");
        apply.awaitError("node/n1: 0/2 nodes converged; waiting for n1 (is at revision 0 of ");
        tell(holding("n1", LATE, "web"));
        tell(status(
                "n2",
                LATE,
                "'pools':{'web':{'converged':false,'desired':2,'programmed':1,'failing':1}},'failing':[{'subject':"
                        + "'route 10.1.0.0/26','class':'WAITING','text':'network is down'}]"));
        apply.awaitError("node/n1: 1/2 nodes converged; waiting for n2 (ippool/web: 1 of 2 routes are failing: route"
                + " 10.1.0.0/26: network is down [waiting])");
        tell(holding("n2", LATE, "web"));

        assertThat(apply.end().exitCode()).isZero();
        assertThat(apply.end().out()).containsExactly("node/n1 created", "node/n1 converged on 2 nodes");
    }

    @Test
    void withoutAnyLiveAgentOneIsWaitedForUntilTimeIsUp() throws IOException {
        pool("web", "10.1.0.0/16");
        node("n1");
        assertThat(culvert("", "wait", "ippool/web", "--timeout=200ms").end())
                .isEqualTo(new CommandRun(
                        1,
                        List.of(),
                        List.of(
                                "ippool/web: no live agent",
                                "error: ippool/web has not converged within 0.2 s: no live agent",
                                "error: node n1 is down: no agent status in etcd")));

        RunningCommand wait = culvert("", "wait", "ippool/web", "--timeout=30s");
        wait.awaitError("ippool/web: no live agent");
        tell(holding("n1", LATE, "web"));
        assertThat(wait.end())
                .isEqualTo(new CommandRun(
                        0, List.of("ippool/web converged on 1 node"), List.of("ippool/web: no live agent")));
    }

    @Test
    void aNodeThatAppearsMeanwhileIsGivenTimeToTellItsStatus() throws IOException {
        pool("web", "10.1.0.0/16");
        tell(holding("n1", 0));
        RunningCommand wait = culvert("", "wait", "ippool/web", "--timeout=30s");
        wait.awaitError("waiting for n1");

        node("n2");
        wait.awaitError("; starting: n2");
        tell(holding("n1", LATE, "web"));
        wait.awaitError("ippool/web: converged on 1 node; starting: n2");
        assertThat(wait.hasEnded()).isFalse();
        tell(holding("n2", LATE, "web"));

        assertThat(wait.end().out()).containsExactly("ippool/web converged on 2 nodes");
        assertThat(wait.end().err()).noneMatch(line -> line.startsWith("warning:"));
    }

    @Test
    void nodesThatWereOrStayDownAreNamedAndNotWaitedFor() throws IOException {
        pool("web", "10.1.0.0/16");
        node("n0");
        tell(holding("n1", 0));
        RunningCommand wait = culvert("", "wait", "ippool/web", "--timeout=30s");
        wait.awaitError("ippool/web: 0/1 nodes converged; waiting for n1 (is at revision 0 of ");
        node("n2");
        wait.awaitError("; starting: n2");
        tell(holding("n1", LATE, "web"));

        assertThat(wait.end().exitCode()).isZero();
        assertThat(wait.end().out()).containsExactly("ippool/web converged on 1 node");
        assertThat(wait.end().err()).endsWith("warning: skipped nodes without a live agent: n0, n2");
    }

    @Test
    void aPoolThatIsLeftAloneIsSkippedAfterApplyAndRefusedByWait() {
        tell(holding("n1", LATE));
        String document = """
                apiVersion: projectcalico.org/v3
                kind: IPPool
                metadata:
                  name: vx
                spec:
                  cidr: 10.1.0.0/16
                  vxlanMode: Always
                  ipipMode: Never
                """;

        assertThat(culvert(document, "apply", "-f", "-", "--wait").end())
                .isEqualTo(
                        new CommandRun(
                                0,
                                List.of("ippool/vx created"),
                                List.of(
                                        "warning: not waiting for ippool/vx: its vxlanMode or IP version rules out IP-in-IP, so Culvert leaves it alone")));
        assertThat(culvert("", "wait", "ippool/vx").end())
                .isEqualTo(new CommandRun(
                        1,
                        List.of(),
                        List.of("error: ippool/vx never converges: its mode is VXLAN, so Culvert leaves it alone")));
    }

    @Test
    void anOutageOfEtcdIsSaidAndWaitedFor() throws IOException {
        pool("web", "10.1.0.0/16");
        tell(holding("n1", 0));
        RunningCommand wait = culvert("", "wait", "ippool/web", "--timeout=50s");
        wait.awaitError("waiting for n1");

        ETCD.stop();
        wait.awaitError("etcd at " + ETCD.endpoint());
        assertThat(wait.hasEnded()).isFalse();
        ETCD.start();
        tellWhenReachable(holding("n1", LATE, "web"));

        assertThat(wait.end().exitCode()).as("%s", wait.end()).isZero();
        assertThat(wait.end().out()).containsExactly("ippool/web converged on 1 node");
    }

    @Test
    void anOutageThatLastsIsTheReasonWhenTimeIsUp() throws IOException {
        pool("web", "10.1.0.0/16");
        tell(holding("n1", 0));
        RunningCommand wait = culvert("", "wait", "ippool/web", "--timeout=3s");
        wait.awaitError("waiting for n1");
        ETCD.stop();

        assertThat(wait.end().exitCode()).isEqualTo(1);
        assertThat(wait.end().err())
                .filteredOn(line -> line.startsWith("error: "))
                .first()
                .asString()
                .startsWith("error: ippool/web has not converged within 3.0 s: 0/1 nodes converged; waiting for n1");
        assertThat(wait.end().err()).last().asString().startsWith("error: ").contains("etcd at " + ETCD.endpoint());
    }

    @Test
    void whatCannotBeWaitedForIsRefusedAtOnce() {
        assertThat(culvert("", "wait", "ippool/web", "--for=peace").end())
                .isEqualTo(new CommandRun(2, List.of(), List.of("error: --for=peace: must be converged or delete")));
        assertThat(culvert("", "wait", "node/n1").end().exitCode()).isEqualTo(2);
        assertThat(culvert("", "wait").end().exitCode()).isEqualTo(2);
        assertThat(culvert("", "wait", "ippool/web").end())
                .isEqualTo(new CommandRun(1, List.of(), List.of("error: ippool/web does not exist")));
    }

    private void tell(NodeStatus status) {
        agents.computeIfAbsent(status.node(), node -> new StatusWriter(etcd)).write(status);
    }

    /** The connection of the agents needs a moment too. */
    private void tellWhenReachable(NodeStatus status) {
        etcd.close();
        etcd = EtcdConnection.open(EtcdConfig.plain(ETCD.endpoint()));
        new StatusWriter(etcd).write(status);
    }

    private static void pool(String name, String cidr) throws IOException {
        ETCD.etcdctlReading(
                "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"cidr\":\"" + cidr + "\"}}",
                "put",
                RESOURCES + "ippools/" + name);
    }

    private static void node(String name) throws IOException {
        ETCD.etcdctlReading(
                "{\"kind\":\"Node\",\"metadata\":{\"name\":\"" + name
                        + "\"},\"spec\":{\"bgp\":{\"ipv4Address\":\"10.0.1.99/24\"}}}",
                "put",
                RESOURCES + "nodes/" + name);
    }

    private static RunningCommand culvert(String stdin, String... words) {
        return RunningCommand.of(stdin, ETCD.endpoint(), words);
    }
}
