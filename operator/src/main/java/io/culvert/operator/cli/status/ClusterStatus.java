package io.culvert.operator.cli.status;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.operator.status.NodeStatus;
import io.culvert.operator.status.StatusWriter;
import io.culvert.reconciler.resource.Node;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The overlay as its users see it.
 *
 * @param pools those that Culvert routes or could route, by name
 * @param nodes live ones and those that have a Node but no live agent, by name
 * @param problems everything that is wrong
 */
public record ClusterStatus(List<Pool> pools, List<Member> nodes, List<Problem> problems) {

    private static final String VXLAN = "VXLAN";
    private static final String UNSUPPORTED = "unsupported";
    private static final String INVALID = "invalid";

    /**
     * A pool.
     *
     * @param mode its {@code ipipMode}; {@code VXLAN} or {@code invalid} for those that are left alone
     * @param revision of its last change
     */
    record Pool(String name, String cidr, String mode, boolean natOutgoing, Convergence convergence, long revision) {

        /** Whether Culvert leaves it alone, so that no node ever converges on it. */
        boolean leftAlone() {
            return ClusterStatus.leftAlone(mode);
        }
    }

    /**
     * A node, with the status of its agent if that is live.
     *
     * @param revision of its Node's last change, 0 if it has none
     * @param heardAgo since the last heartbeat of the agent, if that is known
     */
    record Member(
            String name, String address, long revision, Optional<NodeStatus> status, Optional<Duration> heardAgo) {}

    /**
     * An agent sends a heartbeat every {@link StatusWriter#REFRESH}; if one is late by half of that, something is wrong with
     * the agent, with etcd or between them.
     */
    private static final Duration SILENT = StatusWriter.REFRESH.multipliedBy(3).dividedBy(2);

    /**
     * Puts together what is stored and what the agents report. Pure.
     *
     * @param heardAgo by node, since the last heartbeat of its agent
     */
    static ClusterStatus of(ClusterContents contents, Map<String, Duration> heardAgo) {
        List<NodeStatus> live = contents.statuses().nodes();
        List<Pool> pools =
                contents.pools().stream().map(pool -> pool(pool, live)).toList();
        List<Member> members = members(contents.nodes(), live, heardAgo);
        return new ClusterStatus(pools, members, problems(contents, pools, members));
    }

    /** Nodes that have a Node and no live agent. */
    List<String> down() {
        return nodes.stream()
                .filter(node -> node.status().isEmpty())
                .map(Member::name)
                .toList();
    }

    /** The statuses of the live agents. */
    List<NodeStatus> live() {
        return nodes.stream().flatMap(node -> node.status().stream()).toList();
    }

    /** The pool of that name, if there is one. */
    Optional<Pool> pool(String name) {
        return pools.stream().filter(pool -> pool.name().equals(name)).findFirst();
    }

    private static Pool pool(Resource pool, List<NodeStatus> nodes) {
        JsonNode spec = pool.document().path("spec");
        long revision = ResourceStore.version(pool.document());
        return new Pool(
                pool.name(),
                spec.path("cidr").asText(),
                mode(pool),
                spec.path("natOutgoing").asBoolean(),
                Convergence.of(pool.name(), revision, nodes),
                revision);
    }

    /** Whether Culvert leaves that pool alone. */
    public static boolean leftAlone(Resource pool) {
        return leftAlone(mode(pool));
    }

    private static boolean leftAlone(String mode) {
        return mode.equals(VXLAN) || mode.equals(UNSUPPORTED);
    }

    private static String mode(Resource pool) {
        return pool.pool()
                .map(valid -> valid.routed() ? valid.ipipMode().toString() : VXLAN)
                .orElse(pool.decoded() instanceof Decoded.Invalid ? INVALID : UNSUPPORTED);
    }

    private static List<Member> members(List<Resource> nodes, List<NodeStatus> live, Map<String, Duration> heardAgo) {
        Map<String, Member> members = new TreeMap<>();
        for (Resource node : nodes) {
            String address =
                    node.document().path("spec").path("bgp").path("ipv4Address").asText();
            long revision = ResourceStore.version(node.document());
            members.put(node.name(), new Member(node.name(), address, revision, Optional.empty(), Optional.empty()));
        }
        for (NodeStatus node : live) {
            Member stored = members.get(node.node());
            members.put(
                    node.node(),
                    new Member(
                            node.node(),
                            node.address(),
                            stored == null ? 0 : stored.revision(),
                            Optional.of(node),
                            Optional.ofNullable(heardAgo.get(node.node()))));
        }
        return List.copyOf(members.values());
    }

    private static List<Problem> problems(ClusterContents contents, List<Pool> pools, List<Member> members) {
        List<NodeStatus> live = contents.statuses().nodes();
        Problem.Collector collector = new Problem.Collector();
        members.forEach(member -> absence(member).ifPresent(collector::addUnlessSaid));
        pools.forEach(pool -> lagging(pool, live, collector));
        live.forEach(collector::add);
        if (contents.locked()) {
            collector.addUnlessSaid(new Problem(Problem.Type.WARNING, "", DatastoreLock.LOCKED, List.of()));
        }
        contents.pools().forEach(pool -> rejected(pool).ifPresent(collector::addUnlessSaid));
        contents.pools().forEach(pool -> selectsNobody(pool, contents.nodes()).ifPresent(collector::addUnlessSaid));
        contents.nodes().forEach(node -> rejected(node).ifPresent(collector::addUnlessSaid));
        contents.unreadable()
                .forEach(text -> collector.addUnlessSaid(new Problem(Problem.Type.REJECTED, text, "", List.of())));
        return collector.problems();
    }

    private static Optional<Problem> absence(Member member) {
        String subject = "node/" + member.name();
        if (member.status().isEmpty()) {
            String text = "no agent status in etcd: the agent stopped, or could not reach etcd for "
                    + StatusWriter.TTL.toSeconds() + " s; start it, or remove the node with 'culvert delete node "
                    + member.name() + "'";
            return Optional.of(new Problem(Problem.Type.DOWN, subject, text, List.of()));
        }
        return member.heardAgo()
                .filter(ago -> ago.compareTo(SILENT) > 0)
                .map(ago -> new Problem(
                        Problem.Type.SILENT,
                        subject,
                        "no heartbeat for " + SILENT.toSeconds()
                                + " s: the agent hangs or cannot reach etcd; after " + StatusWriter.TTL.toSeconds()
                                + " s the node counts as down",
                        List.of()));
    }

    /** Unless failing changes or rejections already explain it. */
    private static void lagging(Pool pool, List<NodeStatus> live, Problem.Collector collector) {
        if (pool.leftAlone() || pool.mode().equals(INVALID)) {
            return;
        }
        for (NodeStatus node : live) {
            String reason = pool.convergence().lagging().get(node.node());
            if (reason != null && node.failing().isEmpty() && node.rejected().isEmpty()) {
                collector.say(Problem.Type.LAGGING, "ippool/" + pool.name(), reason, node.node());
            }
        }
    }

    /** A pool for nodes that do not exist: no node takes a block or a tunnel address of it. */
    private static Optional<Problem> selectsNobody(Resource resource, List<Resource> nodes) {
        List<Node> known = nodes.stream().flatMap(node -> node.node().stream()).toList();
        return resource.pool()
                .filter(pool -> pool.routed() && !pool.disabled() && !known.isEmpty())
                .filter(pool ->
                        known.stream().noneMatch(node -> pool.nodeSelector().matches(node.labels())))
                .map(pool -> new Problem(
                        Problem.Type.WARNING,
                        resource.title(),
                        "its nodeSelector " + resource.document().at("/spec/nodeSelector") + " selects none of the "
                                + known.size() + " nodes: change it, or the labels of the Nodes",
                        List.of()));
    }

    /** Faults of the document itself, for which no agent is needed. */
    private static Optional<Problem> rejected(Resource resource) {
        if (resource.decoded() instanceof Decoded.Invalid<?> invalid) {
            String faults = invalid.faults().stream().map(Fault::toString).collect(Collectors.joining("; "));
            String key = Keys.resource(resource.kind().plural(), resource.name());
            return Optional.of(new Problem(Problem.Type.REJECTED, key, faults, List.of()));
        }
        if (resource.decoded() instanceof Decoded.Unsupported<?> unsupported) {
            return Optional.of(
                    new Problem(Problem.Type.UNSUPPORTED, resource.title(), unsupported.reason(), List.of()));
        }
        return Optional.empty();
    }
}
