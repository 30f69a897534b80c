package io.culvert.operator.cli;

import io.culvert.operator.status.NodeStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How far the live nodes have come with a pool.
 *
 * @param live how many agents there are
 * @param lagging the nodes that have not converged, each with the reason
 */
record Convergence(int live, Map<String, String> lagging) {

    /**
     * Compares what the agents say with what they should have come to. A node has converged on a pool when its kernel was
     * driven to a revision that holds the pool as it is, and holds all that the pool asks for.
     *
     * @param revision of the pool's last change
     */
    static Convergence of(String pool, long revision, List<NodeStatus> nodes) {
        Map<String, String> lagging = new TreeMap<>();
        nodes.forEach(node -> obstacle(pool, revision, node).ifPresent(reason -> lagging.put(node.node(), reason)));
        return new Convergence(nodes.size(), lagging);
    }

    private static Optional<String> obstacle(String pool, long revision, NodeStatus node) {
        if (node.appliedRevision() < revision) {
            return Optional.of("is at revision " + node.appliedRevision() + " of " + revision
                    + failures(node.failing(), "; failing: "));
        }
        NodeStatus.Pool routes = node.pools().get(pool);
        if (routes == null) {
            String unsupported = node.unsupported().get(pool);
            return Optional.of(
                    unsupported == null ? "does not route the pool" : "leaves the pool alone: " + unsupported);
        }
        return routes.converged()
                ? Optional.empty()
                : Optional.of(routes.failing() + " of " + routes.desired() + " routes are failing"
                        + failures(node.failing(), ": "));
    }

    private static String failures(List<NodeStatus.Failure> failing, String before) {
        if (failing.isEmpty()) {
            return "";
        }
        NodeStatus.Failure first = failing.get(0);
        String more = failing.size() == 1 ? "" : " (and " + (failing.size() - 1) + " more)";
        return before + first.subject() + ": " + first.text() + more;
    }

    /** Whether every live node has converged, and there is one. */
    boolean complete() {
        return live > 0 && lagging.isEmpty();
    }

    /** {@code 2/3}: nodes converged of nodes live. */
    String fraction() {
        return (live - lagging.size()) + "/" + live;
    }

    /** One line: {@code 2/3 nodes converged; waiting for n3}. */
    String summary() {
        if (live == 0) {
            return "no agent is live";
        }
        List<String> names = new ArrayList<>(lagging.keySet());
        String waiting = names.isEmpty() ? "" : "; waiting for " + NameList.of(names);
        return fraction() + " nodes converged" + waiting;
    }
}
