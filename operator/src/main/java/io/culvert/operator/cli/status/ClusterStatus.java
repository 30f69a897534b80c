package io.culvert.operator.cli.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.ResourceHeader;
import io.culvert.operator.calico.rule.Rewrite;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.resource.ResourceList;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.operator.status.NodeStatus;
import io.culvert.operator.status.StatusReader.Statuses;
import io.culvert.operator.status.StatusWriter;
import java.time.Duration;
import java.util.ArrayList;
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
 * @param problems everything that is not as it should be
 */
public record ClusterStatus(List<Pool> pools, List<Member> nodes, List<Problem> problems) {

    private static final String VXLAN = "VXLAN";
    private static final String UNSUPPORTED = "unsupported";

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
     * A node, with what its agent says if that is live.
     *
     * @param revision of its Node's last change, 0 if it has none
     * @param heardAgo since etcd last heard of the agent, if that is known
     */
    record Member(
            String name, String address, long revision, Optional<NodeStatus> status, Optional<Duration> heardAgo) {}

    /**
     * An agent is heard every {@link StatusWriter#REFRESH}; later than that by half, something is wrong with it, with etcd or
     * between them.
     */
    private static final Duration SILENT = StatusWriter.REFRESH.multipliedBy(3).dividedBy(2);

    /**
     * Puts together what is stored and what the agents say. Pure.
     *
     * @param heardAgo by node, since etcd last heard of its agent
     * @param locked whether the datastore is
     */
    public static ClusterStatus of(
            ResourceList pools, ResourceList nodes, Statuses statuses, Map<String, Duration> heardAgo, boolean locked) {
        List<Pool> poolsNow = pools.documents().stream()
                .map(pool -> pool(Rewrite.withDefaults(pool.deepCopy()), statuses.nodes()))
                .toList();
        List<Member> members = members(nodes, statuses.nodes(), heardAgo);
        return new ClusterStatus(poolsNow, members, problems(pools, nodes, statuses, poolsNow, members, locked));
    }

    /** Nodes that have a Node and no live agent. */
    List<String> down() {
        return nodes.stream()
                .filter(node -> node.status().isEmpty())
                .map(Member::name)
                .toList();
    }

    /** What the live agents say. */
    List<NodeStatus> live() {
        return nodes.stream().flatMap(node -> node.status().stream()).toList();
    }

    /** The pool of that name, if there is one. */
    Optional<Pool> pool(String name) {
        return pools.stream().filter(pool -> pool.name().equals(name)).findFirst();
    }

    private static Pool pool(ObjectNode pool, List<NodeStatus> nodes) {
        JsonNode spec = pool.path("spec");
        String name = ResourceHeader.name(pool);
        long revision = ResourceStore.version(pool);
        return new Pool(
                name,
                spec.path("cidr").asText(),
                mode(pool),
                spec.path("natOutgoing").asBoolean(),
                Convergence.of(name, revision, nodes),
                revision);
    }

    /** Whether Culvert leaves that pool document alone. */
    public static boolean leftAlone(ObjectNode pool) {
        return leftAlone(mode(Rewrite.withDefaults(pool.deepCopy())));
    }

    private static boolean leftAlone(String mode) {
        return mode.equals(VXLAN) || mode.equals(UNSUPPORTED);
    }

    private static String mode(ObjectNode pool) {
        if (!(Kind.IP_POOL.decode(pool) instanceof Decoded.Valid)) {
            return Kind.IP_POOL.decode(pool) instanceof Decoded.Invalid ? "invalid" : UNSUPPORTED;
        }
        JsonNode spec = pool.path("spec");
        return spec.path("vxlanMode").asText().equals("Never")
                ? spec.path("ipipMode").asText()
                : VXLAN;
    }

    private static List<Member> members(ResourceList nodes, List<NodeStatus> live, Map<String, Duration> heardAgo) {
        Map<String, Member> members = new TreeMap<>();
        for (ObjectNode node : nodes.documents()) {
            String name = ResourceHeader.name(node);
            String address = node.path("spec").path("bgp").path("ipv4Address").asText();
            members.put(
                    name, new Member(name, address, ResourceStore.version(node), Optional.empty(), Optional.empty()));
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

    private static List<Problem> problems(
            ResourceList pools,
            ResourceList nodes,
            Statuses statuses,
            List<Pool> poolsNow,
            List<Member> members,
            boolean locked) {
        Problem.Collector collector = new Problem.Collector();
        members.forEach(member -> absence(member).ifPresent(collector::addUnlessSaid));
        poolsNow.forEach(pool -> lagging(pool, statuses.nodes(), collector));
        statuses.nodes().forEach(collector::add);
        if (locked) {
            collector.addUnlessSaid(new Problem(Problem.Sort.WARNING, "", DatastoreLock.LOCKED, List.of()));
        }
        pools.documents().forEach(pool -> rejected(Kind.IP_POOL, pool).ifPresent(collector::addUnlessSaid));
        nodes.documents().forEach(node -> rejected(Kind.NODE, node).ifPresent(collector::addUnlessSaid));
        List<String> unreadable = new ArrayList<>(pools.malformed());
        unreadable.addAll(nodes.malformed());
        unreadable.addAll(statuses.unreadable());
        unreadable.forEach(text -> collector.addUnlessSaid(new Problem(Problem.Sort.REJECTED, text, "", List.of())));
        return collector.problems();
    }

    private static Optional<Problem> absence(Member member) {
        String subject = "node/" + member.name();
        if (member.status().isEmpty()) {
            String text = "no agent: it has no status in etcd, as when an agent ended, or did not reach etcd for "
                    + StatusWriter.TTL.toSeconds() + " s; start it, or remove the node with 'culvert delete node "
                    + member.name() + "'";
            return Optional.of(new Problem(Problem.Sort.DOWN, subject, text, List.of()));
        }
        return member.heardAgo()
                .filter(ago -> ago.compareTo(SILENT) > 0)
                .map(ago -> new Problem(
                        Problem.Sort.SILENT,
                        subject,
                        "etcd has not heard of its agent for more than " + SILENT.toSeconds()
                                + " s: it hangs, or does not reach etcd; after " + StatusWriter.TTL.toSeconds()
                                + " s it counts as down",
                        List.of()));
    }

    /** What failing changes, rejections and the like explain is said by them. */
    private static void lagging(Pool pool, List<NodeStatus> live, Problem.Collector collector) {
        if (pool.leftAlone() || pool.mode().equals("invalid")) {
            return;
        }
        for (NodeStatus node : live) {
            String reason = pool.convergence().lagging().get(node.node());
            if (reason != null && node.failing().isEmpty() && node.rejected().isEmpty()) {
                collector.say(Problem.Sort.LAGGING, "ippool/" + pool.name(), reason, node.node());
            }
        }
    }

    /** What no agent needs to say, since it shows in the document. */
    private static Optional<Problem> rejected(Kind kind, ObjectNode document) {
        String name = ResourceHeader.name(document);
        if (kind.decode(document) instanceof Decoded.Invalid<?> invalid) {
            String faults = invalid.faults().stream().map(Fault::toString).collect(Collectors.joining("; "));
            return Optional.of(
                    new Problem(Problem.Sort.REJECTED, Keys.resource(kind.plural(), name), faults, List.of()));
        }
        if (kind.decode(document) instanceof Decoded.Unsupported<?> unsupported) {
            return Optional.of(new Problem(
                    Problem.Sort.UNSUPPORTED, kind.singular() + "/" + name, unsupported.reason(), List.of()));
        }
        return Optional.empty();
    }
}
