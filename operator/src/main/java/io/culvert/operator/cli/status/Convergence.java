package io.culvert.operator.cli.status;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.cli.terminal.NameList;
import io.culvert.operator.status.NodeStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Which live nodes have converged on a pool.
 *
 * @param live how many agents there are
 * @param lagging the nodes that have not converged, each with the reason
 */
record Convergence(int live, Map<String, String> lagging) {

    /**
     * Compares what the agents report with what the pool needs. A node has converged when its kernel was reconciled with a
     * revision that contains the pool as it is now, and holds every route of the pool. Later revisions do not matter.
     *
     * @param revision of the pool's last change
     */
    static Convergence of(String pool, long revision, List<NodeStatus> nodes) {
        Map<String, String> lagging = new TreeMap<>();
        nodes.forEach(node -> obstacle(pool, revision, node).ifPresent(reason -> lagging.put(node.node(), reason)));
        return new Convergence(nodes.size(), lagging);
    }

    private static Optional<String> obstacle(String pool, long revision, NodeStatus node) {
        Optional<String> behind = behind(revision, node);
        if (behind.isPresent()) {
            return behind;
        }
        String key = Keys.resource(Kind.IP_POOL.plural(), pool);
        Optional<String> rejected = node.rejected().stream()
                .filter(rejection -> rejection.key().equals(key))
                .map(rejection -> "rejects the pool: " + rejection.reason())
                .findFirst();
        if (rejected.isPresent()) {
            return rejected;
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
        return before + first.subject() + ": " + first.text() + " ["
                + first.failureClass().toLowerCase(Locale.ROOT) + "]" + more;
    }

    /**
     * Compares with a Node instead of a pool: every pool may route to it.
     *
     * @param revision of the Node's last change
     */
    static Convergence ofNode(long revision, List<NodeStatus> nodes) {
        Map<String, String> lagging = new TreeMap<>();
        for (NodeStatus node : nodes) {
            Optional<String> behind = behind(revision, node);
            Stream<String> poolObstacles = node.pools().keySet().stream()
                    .sorted()
                    .flatMap(pool ->
                            obstacle(pool, revision, node).stream().map(reason -> "ippool/" + pool + ": " + reason));
            behind.or(poolObstacles::findFirst).ifPresent(reason -> lagging.put(node.node(), reason));
        }
        return new Convergence(nodes.size(), lagging);
    }

    private static Optional<String> behind(long revision, NodeStatus node) {
        return node.appliedRevision() >= revision
                ? Optional.empty()
                : Optional.of("is at revision " + node.appliedRevision() + " of " + revision
                        + failures(node.failing(), "; failing: "));
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
            return "no live agent";
        }
        List<String> names = new ArrayList<>(lagging.keySet());
        String waiting = names.isEmpty() ? "" : "; waiting for " + NameList.of(names);
        return fraction() + " nodes converged" + waiting;
    }

    /** The same with the reasons: {@code 2/3 nodes converged; waiting for n3 (is at revision 31 of 35)}. */
    String explanation() {
        if (live == 0 || lagging.isEmpty()) {
            return summary();
        }
        List<String> reasons = new ArrayList<>();
        lagging.forEach((node, reason) -> reasons.add(node + " (" + reason + ")"));
        return fraction() + " nodes converged; waiting for " + NameList.of(reasons);
    }
}
