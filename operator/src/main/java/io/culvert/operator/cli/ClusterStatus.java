package io.culvert.operator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Rewrite;
import io.culvert.operator.etcd.Keys;
import io.culvert.operator.etcd.ResourceList;
import io.culvert.operator.etcd.ResourceStore;
import io.culvert.operator.etcd.StatusReader.Statuses;
import io.culvert.operator.status.NodeStatus;
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
record ClusterStatus(List<Pool> pools, List<Member> nodes, List<Problem> problems) {

    /**
     * A pool.
     *
     * @param mode its {@code ipipMode}; {@code VXLAN} or {@code invalid} for those that are left alone
     * @param revision of its last change
     */
    record Pool(String name, String cidr, String mode, boolean natOutgoing, Convergence convergence, long revision) {}

    /** A node, with what its agent says if that is live. */
    record Member(String name, String address, Optional<NodeStatus> status) {}

    /** Puts together what is stored and what the agents say. Pure. */
    static ClusterStatus of(ResourceList pools, ResourceList nodes, Statuses statuses) {
        return new ClusterStatus(
                pools.documents().stream()
                        .map(pool -> pool(Rewrite.withDefaults(pool.deepCopy()), statuses.nodes()))
                        .toList(),
                members(nodes, statuses.nodes()),
                problems(pools, nodes, statuses));
    }

    private static Pool pool(ObjectNode pool, List<NodeStatus> nodes) {
        JsonNode spec = pool.path("spec");
        String name = ResourceView.name(pool);
        long revision = ResourceStore.version(pool);
        return new Pool(
                name,
                spec.path("cidr").asText(),
                mode(pool),
                spec.path("natOutgoing").asBoolean(),
                Convergence.of(name, revision, nodes),
                revision);
    }

    private static String mode(ObjectNode pool) {
        if (!(Kind.IP_POOL.decode(pool) instanceof Decoded.Valid)) {
            return Kind.IP_POOL.decode(pool) instanceof Decoded.Invalid ? "invalid" : "unsupported";
        }
        JsonNode spec = pool.path("spec");
        return spec.path("vxlanMode").asText().equals("Never")
                ? spec.path("ipipMode").asText()
                : "VXLAN";
    }

    private static List<Member> members(ResourceList nodes, List<NodeStatus> live) {
        Map<String, Member> members = new TreeMap<>();
        for (ObjectNode node : nodes.documents()) {
            String name = ResourceView.name(node);
            String address = node.path("spec").path("bgp").path("ipv4Address").asText();
            members.put(name, new Member(name, address, Optional.empty()));
        }
        live.forEach(node -> members.put(node.node(), new Member(node.node(), node.address(), Optional.of(node))));
        return List.copyOf(members.values());
    }

    private static List<Problem> problems(ResourceList pools, ResourceList nodes, Statuses statuses) {
        Problem.Collector collector = new Problem.Collector();
        statuses.nodes().forEach(collector::add);
        pools.documents().forEach(pool -> rejected(Kind.IP_POOL, pool).ifPresent(collector::addUnlessSaid));
        nodes.documents().forEach(node -> rejected(Kind.NODE, node).ifPresent(collector::addUnlessSaid));
        List<String> unreadable = new ArrayList<>(pools.malformed());
        unreadable.addAll(nodes.malformed());
        unreadable.addAll(statuses.unreadable());
        unreadable.forEach(text -> collector.addUnlessSaid(new Problem(Problem.Sort.REJECTED, text, "", List.of())));
        return collector.problems();
    }

    /** What no agent needs to say, since it shows in the document. */
    private static Optional<Problem> rejected(Kind kind, ObjectNode document) {
        String name = ResourceView.name(document);
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
