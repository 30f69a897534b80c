package io.culvert.operator.cli.status;

import static io.culvert.operator.cli.status.TestCluster.cluster;
import static io.culvert.operator.cli.status.TestCluster.holding;
import static io.culvert.operator.cli.status.TestCluster.node;
import static io.culvert.operator.cli.status.TestCluster.status;
import static io.culvert.operator.cli.status.TestCluster.web;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusChangesTest {

    private static final String POOL = "ippool/web: 192.168.0.0/16 Always, NAT, ";
    private static final List<ObjectNode> POOLS = List.of(web(7));
    private static final List<ObjectNode> NODES = List.of(node("n1"), node("n2"));
    private static final ClusterStatus CONVERGED =
            cluster(POOLS, NODES, holding("n1", 7, "web"), holding("n2", 7, "web"));
    private static final ClusterStatus FAILING = cluster(
            POOLS,
            NODES,
            holding("n1", 7, "web"),
            status(
                    "n2",
                    7,
                    "'pools':{'web':{'converged':false,'desired':2,'programmed':1,'failing':1}},'failing':[{'subject':"
                            + "'route 192.168.1.0/26','class':'CONFLICT','text':'a foreign route is in its place'}]"));

    @Test
    void beginsWithEverything() {
        assertThat(StatusChanges.between(Map.of(), StatusChanges.facts(CONVERGED)))
                .containsExactly(POOL + "2/2 nodes converged", "node/n1: live", "node/n2: live");
    }

    @Test
    void aPoolConverges() {
        ClusterStatus before = cluster(POOLS, NODES, holding("n1", 7, "web"), holding("n2", 6, "web"));
        assertThat(lines(CONVERGED, before)).containsExactly(POOL + "1/2 nodes converged; waiting for n2");
        assertThat(lines(before, CONVERGED)).containsExactly(POOL + "2/2 nodes converged");
    }

    @Test
    void aPoolChangesAndGoes() {
        ObjectNode direct = web(7);
        direct.withObject("spec").put("ipipMode", "Never");
        ClusterStatus changed = cluster(List.of(direct), NODES, holding("n1", 7, "web"), holding("n2", 7, "web"));
        assertThat(lines(CONVERGED, changed))
                .containsExactly("ippool/web: 192.168.0.0/16 Never, NAT, 2/2 nodes converged");
        ClusterStatus gone = cluster(List.of(), NODES, holding("n1", 8), holding("n2", 8));
        assertThat(lines(CONVERGED, gone)).containsExactly("ippool/web: gone");
    }

    @Test
    void aNodeAppears() {
        ClusterStatus after = cluster(
                POOLS,
                List.of(node("n1"), node("n2"), node("n3")),
                holding("n1", 7, "web"),
                holding("n2", 7, "web"),
                holding("n3", 7, "web"));
        assertThat(lines(CONVERGED, after)).containsExactly(POOL + "3/3 nodes converged", "node/n3: live");
    }

    @Test
    void aNodeGoesDown() {
        ClusterStatus after = cluster(POOLS, NODES, holding("n1", 7, "web"));
        assertThat(lines(CONVERGED, after))
                .containsExactly(POOL + "1/1 nodes converged", "node/n2: down: no agent status in etcd");
    }

    @Test
    void aNodeFailsAndRecovers() {
        String failure = "failing: route 192.168.1.0/26: a foreign route is in its place [conflict] (n2)";
        assertThat(lines(CONVERGED, FAILING)).containsExactly(POOL + "1/2 nodes converged; waiting for n2", failure);
        assertThat(lines(FAILING, CONVERGED)).containsExactly("no longer " + failure, POOL + "2/2 nodes converged");
    }

    @Test
    void revisionsAndAgesAreNoNews() {
        ClusterStatus later = cluster(
                POOLS, NODES, Map.of("n1", Duration.ofSeconds(3)), holding("n1", 8, "web"), holding("n2", 4711, "web"));
        assertThat(lines(CONVERGED, later)).isEmpty();
        assertThat(lines(FAILING, FAILING)).isEmpty();
    }

    private static List<String> lines(ClusterStatus before, ClusterStatus after) {
        return StatusChanges.between(StatusChanges.facts(before), StatusChanges.facts(after));
    }
}
