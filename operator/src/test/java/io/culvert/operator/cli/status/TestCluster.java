package io.culvert.operator.cli.status;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.resource.ResourceList;
import io.culvert.operator.status.NodeStatus;
import io.culvert.operator.status.StatusReader.Statuses;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What agents report and etcd holds, written for tests as JSON with ' for ". */
final class TestCluster {

    private TestCluster() {}

    /** A live agent's status, with further fields after the usual ones. */
    static NodeStatus status(String node, long revision, String more) {
        return status("{'node':'" + node + "','address':'10.0.1.11/24','appliedRevision':" + revision
                + (more.isEmpty() ? "" : "," + more) + "}");
    }

    /** One that holds the pools, two routes each. */
    static NodeStatus holding(String node, long revision, String... pools) {
        List<String> held = Arrays.stream(pools)
                .map(pool -> "'" + pool + "':{'converged':true,'desired':2,'programmed':2,'failing':0}")
                .toList();
        return status(node, revision, "'pools':{" + String.join(",", held) + "}");
    }

    private static NodeStatus status(String json) {
        try {
            return NodeStatus.read(json.replace('\'', '"').getBytes(UTF_8));
        } catch (IOException broken) {
            throw new IllegalArgumentException(broken);
        }
    }

    /** A stored document of that revision. */
    static ObjectNode document(String kind, String name, long revision, String spec) {
        try {
            return (ObjectNode) new ObjectMapper()
                    .readTree(("{'kind':'" + kind + "','apiVersion':'projectcalico.org/v3','metadata':{'name':'" + name
                                    + "','resourceVersion':'" + revision + "'},'spec':{" + spec + "}}")
                            .replace('\'', '"'));
        } catch (IOException broken) {
            throw new IllegalArgumentException(broken);
        }
    }

    /** The pool {@code web}. */
    static ObjectNode web(long revision) {
        return document("IPPool", "web", revision, "'cidr':'192.168.0.0/16','natOutgoing':true");
    }

    /** A registered node. */
    static ObjectNode node(String name) {
        return document("Node", name, 1, "'bgp':{'ipv4Address':'10.0.1.11/24'}");
    }

    static ClusterStatus cluster(List<ObjectNode> pools, List<ObjectNode> nodes, NodeStatus... live) {
        return cluster(pools, nodes, Map.of(), live);
    }

    static ClusterStatus cluster(
            List<ObjectNode> pools, List<ObjectNode> nodes, Map<String, Duration> heardAgo, NodeStatus... live) {
        return ClusterStatus.of(
                ClusterContents.of(
                        new ResourceList(9, pools, List.of()),
                        new ResourceList(9, nodes, List.of()),
                        new Statuses(9, List.of(live), List.of()),
                        false),
                heardAgo);
    }
}
