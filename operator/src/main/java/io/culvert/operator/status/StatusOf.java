package io.culvert.operator.status;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** From a cycle's report to the node's status. Pure. Lists are cut, so that one broken pool cannot fill etcd. */
public final class StatusOf {

    /** More entries of a kind than this are cut; their number is in the last one. */
    private static final int LISTED = 50;

    private StatusOf() {}

    /** @param ownResources why the node's own resources in etcd are not as desired, if so */
    public static NodeStatus cycle(
            String node, String version, Snapshot snapshot, Report report, Optional<String> ownResources, Instant now) {
        Optional<Address> tunnelAddress =
                Optional.ofNullable(snapshot.nodes().get(node)).flatMap(Node::tunnelAddress);
        List<String> warnings = new ArrayList<>(report.warnings());
        ownResources.ifPresent(warnings::add);
        return new NodeStatus(
                node,
                report.address().toString(),
                tunnelAddress.map(Address::toString).orElse(""),
                version,
                snapshot.revision(),
                report.revision(),
                report.converged(),
                pools(report),
                failing(report),
                unrouted(report),
                rejected(snapshot),
                snapshot.unsupported(),
                warnings,
                now.truncatedTo(ChronoUnit.MILLIS).toString(),
                "");
    }

    private static Map<String, NodeStatus.Pool> pools(Report report) {
        Map<String, NodeStatus.Pool> pools = new TreeMap<>();
        for (Report.PoolReport pool : report.pools()) {
            pools.put(
                    pool.pool(),
                    new NodeStatus.Pool(pool.converged(), pool.desired(), pool.programmed(), pool.failing()));
        }
        return pools;
    }

    private static List<NodeStatus.Failure> failing(Report report) {
        List<NodeStatus.Failure> all = report.obstacles().stream()
                .map(obstacle -> new NodeStatus.Failure(
                        obstacle.subject(), obstacle.failureClass().name(), obstacle.text()))
                .toList();
        return cut(all, more -> new NodeStatus.Failure(more, "", "cut here"));
    }

    private static List<NodeStatus.Unrouted> unrouted(Report report) {
        List<NodeStatus.Unrouted> all = report.desired().unrouted().stream()
                .map(one -> new NodeStatus.Unrouted(one.prefix().toString(), one.pool(), one.reason()))
                .toList();
        return cut(all, more -> new NodeStatus.Unrouted("", "", more));
    }

    private static List<NodeStatus.Rejection> rejected(Snapshot snapshot) {
        List<NodeStatus.Rejection> all = snapshot.rejected().stream()
                .map(one -> new NodeStatus.Rejection(one.kind(), one.key(), one.reason(), one.lastGoodKept()))
                .sorted(Comparator.comparing(NodeStatus.Rejection::key))
                .toList();
        return cut(all, more -> new NodeStatus.Rejection("", "", more, false));
    }

    private static <T> List<T> cut(List<T> all, Function<String, T> more) {
        if (all.size() <= LISTED) {
            return all;
        }
        List<T> listed = new ArrayList<>(all.subList(0, LISTED));
        listed.add(more.apply("and " + (all.size() - LISTED) + " more"));
        return listed;
    }
}
