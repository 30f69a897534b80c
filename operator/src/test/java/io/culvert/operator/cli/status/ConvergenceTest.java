package io.culvert.operator.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.status.NodeStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConvergenceTest {

    @Test
    void isCompleteWhenEveryLiveNodeHoldsThePoolAsItIs() {
        Convergence convergence = of(node("n1", 7, true), node("n2", 9, true));

        assertThat(convergence.complete()).isTrue();
        assertThat(convergence.summary()).isEqualTo("2/2 nodes converged");
    }

    @Test
    void waitsForOlderRevisionsAndFailingRoutes() {
        Convergence convergence = of(node("n1", 6, true), node("n2", 7, false), node("n3", 7, true));

        assertThat(convergence.complete()).isFalse();
        assertThat(convergence.summary()).isEqualTo("1/3 nodes converged; waiting for n1, n2");
        assertThat(convergence.lagging())
                .isEqualTo(Map.of(
                        "n1",
                        "is at revision 6 of 7",
                        "n2",
                        "1 of 4 routes are failing: route 10.0.0.0/26: a foreign route has its place [conflict]"));
    }

    @Test
    void aNodeThatDoesNotRouteThePoolHasNotConverged() {
        assertThat(Convergence.of("green", 7, List.of(node("n1", 7, true))).lagging())
                .isEqualTo(Map.of("n1", "does not route the pool"));
    }

    @Test
    void withoutLiveNodesNothingHasConverged() {
        assertThat(of().complete()).isFalse();
        assertThat(of().summary()).isEqualTo("no live agent");
    }

    @Test
    void changesOfOtherThingsDoNotMakeItLag() {
        assertThat(of(node("n1", 7, true), node("n2", 4711, true)).complete()).isTrue();
    }

    @Test
    void aRejectedPoolThatIsRoutedByItsLastGoodValueHasNotConverged() {
        NodeStatus rejecting = TestCluster.status(
                "n1",
                9,
                "'pools':{'blue':{'converged':true},'green':{'converged':true}},'rejected':[{'kind':'IPPool','key':"
                        + "'/calico/resources/v3/projectcalico.org/ippools/blue','reason':'is not JSON',"
                        + "'lastGoodKept':true}]");

        assertThat(of(rejecting, node("n2", 9, true)).lagging())
                .isEqualTo(Map.of("n1", "rejects the pool: is not JSON"));
        assertThat(Convergence.of("green", 7, List.of(rejecting)).complete()).isTrue();
    }

    @Test
    void followsANodeWhenEveryPoolOfARecentRevisionIsThere() {
        assertThat(Convergence.ofNode(7, List.of(node("n1", 7, true))).complete())
                .isTrue();
        assertThat(Convergence.ofNode(7, List.of(node("n1", 6, true), node("n2", 7, false)))
                        .lagging())
                .isEqualTo(Map.of(
                        "n1",
                        "is at revision 6 of 7",
                        "n2",
                        "ippool/blue: 1 of 4 routes are failing: route 10.0.0.0/26: a foreign route has its place"
                                + " [conflict]"));
    }

    @Test
    void namesOnlyAFewNodes() {
        NodeStatus[] many = new NodeStatus[12];
        Arrays.setAll(many, i -> node("n" + (char) ('a' + i), 1, true));

        assertThat(of(many).summary()).isEqualTo("0/12 nodes converged; waiting for na, nb, nc, nd, ne and 7 more");
    }

    private static Convergence of(NodeStatus... nodes) {
        return Convergence.of("blue", 7, List.of(nodes));
    }

    private static NodeStatus node(String name, long revision, boolean converged) {
        String failing = converged
                ? ""
                : ",'failing':[{'subject':'route 10.0.0.0/26','class':'CONFLICT','text':'a foreign route has its place'}]";
        String json = "{'node':'" + name + "','address':'10.0.0.1/24','appliedRevision':" + revision
                + ",'pools':{'blue':{'converged':" + converged + ",'desired':4,'failing':1}}" + failing + "}";
        try {
            return NodeStatus.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        } catch (IOException broken) {
            throw new IllegalArgumentException(broken);
        }
    }
}
