package io.culvert.operator.cli.status;

import static io.culvert.operator.cli.status.TestCluster.cluster;
import static io.culvert.operator.cli.status.TestCluster.document;
import static io.culvert.operator.cli.status.TestCluster.holding;
import static io.culvert.operator.cli.status.TestCluster.node;
import static io.culvert.operator.cli.status.TestCluster.status;
import static io.culvert.operator.cli.status.TestCluster.web;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which problems are reported, each with its reason and the nodes that have it. */
class ClusterStatusTest {

    private static final String ROUTE_FAILS =
            "'pools':{'web':{'converged':false,'desired':2,'programmed':1,'failing':1}},'failing':[{'subject':"
                    + "'route 192.168.1.0/26','class':'CONFLICT','text':'a foreign route is in its place'}]";

    @Test
    void aHealthyClusterHasNone() {
        assertThat(problems(cluster(
                        List.of(web(7)),
                        List.of(node("n1")),
                        Map.of("n1", Duration.ofSeconds(15)),
                        holding("n1", 7, "web"))))
                .isEmpty();
    }

    @Test
    void aNodeWithoutAStatusIsDown() {
        ClusterStatus status = cluster(List.of(web(7)), List.of(node("n1"), node("n2")), holding("n1", 7, "web"));

        assertThat(status.down()).containsExactly("n2");
        assertThat(problems(status))
                .containsExactly(
                        "down: node/n2: no agent status in etcd: the agent stopped, or could not reach etcd for 30 s; start it, or remove the node with 'culvert delete node n2'");
    }

    @Test
    void aNodeThatIsBehindWithoutSayingWhyLags() {
        assertThat(problems(cluster(
                        List.of(web(7)),
                        List.of(),
                        holding("n1", 6, "web"),
                        holding("n2", 6, "web"),
                        holding("n3", 7))))
                .containsExactly(
                        "lagging: ippool/web: is at revision 6 of 7 (n1, n2)",
                        "lagging: ippool/web: does not route the pool (n3)");
    }

    @Test
    void aNodeThatSaysWhyItIsBehindDoesNotLagBesides() {
        assertThat(problems(cluster(
                        List.of(web(7)), List.of(), status("n1", 6, ROUTE_FAILS), status("n2", 6, ROUTE_FAILS))))
                .containsExactly("failing: route 192.168.1.0/26: a foreign route is in its place [conflict] (n1, n2)");
    }

    @Test
    void anAgentWhoseLeaseIsNotKeptIsSilent() {
        assertThat(problems(cluster(
                        List.of(web(7)),
                        List.of(),
                        Map.of("n1", Duration.ofSeconds(16), "n2", Duration.ofSeconds(15)),
                        holding("n1", 7, "web"),
                        holding("n2", 7, "web"))))
                .containsExactly(
                        "silent: node/n1: no heartbeat for 15 s: the agent hangs or cannot reach etcd; after 30 s the node counts as down");
    }

    @Test
    void whatAgentsRejectIsReportedOnceWithWhatIsInForceInstead() {
        String rejecting = "'pools':{'web':{'converged':true}},'rejected':[{'kind':'IPPool','key':"
                + "'/calico/resources/v3/projectcalico.org/ippools/web','reason':'spec.ipipMode: is a number',"
                + "'lastGoodKept':true}]";
        assertThat(problems(
                        cluster(List.of(web(7)), List.of(), status("n1", 7, rejecting), status("n2", 7, rejecting))))
                .containsExactly("rejected: /calico/resources/v3/projectcalico.org/ippools/web: spec.ipipMode: is a"
                        + " number; its last good value stays in force (n1, n2)");
    }

    @Test
    void whatNobodyIsThereToRejectShowsInTheDocument() {
        ClusterStatus status =
                cluster(List.of(document("IPPool", "bad", 7, "'cidr':'10.0.0.0/8','ipipMode':'Sometimes'")), List.of());

        assertThat(status.pools()).extracting(ClusterStatus.Pool::mode).containsExactly("invalid");
        assertThat(problems(status))
                .singleElement()
                .asString()
                .startsWith(
                        "rejected: /calico/resources/v3/projectcalico.org/ippools/bad: spec.ipipMode: \"Sometimes\"");
    }

    @Test
    void whatAgentsSayOfADocumentIsNotSaidAgain() {
        ClusterStatus status = cluster(
                List.of(document("IPPool", "bad", 7, "'cidr':'10.0.0.0/8','ipipMode':'Sometimes'")),
                List.of(),
                status(
                        "n1",
                        7,
                        "'rejected':[{'kind':'IPPool','key':'/calico/resources/v3/projectcalico.org/ippools/bad',"
                                + "'reason':'is no mode','lastGoodKept':false}]"));

        assertThat(problems(status))
                .containsExactly("rejected: /calico/resources/v3/projectcalico.org/ippools/bad: is no mode (n1)");
    }

    @Test
    void poolsThatAreLeftAloneAreUnsupportedAndNeverLag() {
        ClusterStatus status = cluster(
                List.of(
                        document("IPPool", "six", 7, "'cidr':'fd00::/48'"),
                        document("IPPool", "vx", 7, "'cidr':'10.0.0.0/8','vxlanMode':'Always'")),
                List.of(),
                status("n1", 6, "'unsupported':{'vx':'has vxlanMode Always'}"));

        assertThat(status.pools()).allMatch(ClusterStatus.Pool::leftAlone);
        assertThat(problems(status))
                .containsExactly(
                        "unsupported: ippool/vx: has vxlanMode Always (n1)",
                        "unsupported: ippool/six: is an IPv6 pool; IP-in-IP carries IPv4 only");
    }

    @Test
    void aPoolThatSelectsNoNodeIsAWarning() {
        ClusterStatus status = cluster(
                List.of(
                        web(7),
                        document("IPPool", "ssd", 7, "'cidr':'10.0.0.0/8','nodeSelector':'has(ssd)'"),
                        document("IPPool", "off", 7, "'cidr':'11.0.0.0/8','nodeSelector':'!all()','disabled':true")),
                List.of(node("n1")),
                holding("n1", 7, "web", "ssd", "off"));

        assertThat(problems(status))
                .containsExactly(
                        "warning: ippool/ssd: its nodeSelector \"has(ssd)\" selects none of the 1 nodes: change it,"
                                + " or the labels of the Nodes");
    }

    @Test
    void theGravestComesFirst() {
        ClusterStatus status = cluster(
                List.of(web(7), document("IPPool", "six", 7, "'cidr':'fd00::/48'")),
                List.of(node("n9")),
                Map.of("n3", Duration.ofSeconds(20)),
                status("n1", 7, ROUTE_FAILS + ",'warnings':['eth0 has a strict rp_filter']"),
                holding("n2", 6, "web"),
                holding("n3", 7, "web"));

        assertThat(status.problems())
                .extracting(Problem::type)
                .containsExactly(
                        Problem.Type.DOWN,
                        Problem.Type.FAILING,
                        Problem.Type.LAGGING,
                        Problem.Type.SILENT,
                        Problem.Type.WARNING,
                        Problem.Type.UNSUPPORTED);
        assertThat(status.problems().get(1).failureClass()).isEqualTo("conflict");
    }

    private static List<String> problems(ClusterStatus status) {
        return status.problems().stream()
                .map(problem -> problem.type() + ": " + problem)
                .toList();
    }
}
