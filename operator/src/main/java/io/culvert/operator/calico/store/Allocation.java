package io.culvert.operator.calico.store;

import io.culvert.reconciler.net.Address;
import java.util.Map;
import java.util.Optional;

/**
 * An address that is taken, as its block says.
 *
 * @param handle the handle it was taken with; empty if it has none
 * @param attributes as its holder wrote them, such as {@code node}, {@code type}, {@code namespace}, {@code pod}
 * @param coolingDown whether its holder has released it and it waits to be free again ({@code releasedAt})
 */
public record Allocation(
        Address address, Optional<String> handle, Map<String, String> attributes, boolean coolingDown) {

    /** The {@code type} of a node's tunnel address. */
    public static final String TUNNEL = "ipipTunnelAddress";

    public Allocation {
        attributes = Map.copyOf(attributes);
    }

    /** The node that holds it or whose workload does; empty if the attributes do not name it. */
    public Optional<String> node() {
        return Optional.ofNullable(attributes.get("node"));
    }

    /** Whether it is the tunnel address of a node. */
    public boolean isTunnel() {
        return TUNNEL.equals(attributes.get("type"));
    }

    /** Whether it is taken without a holder, as tunnel addresses were before Calico 3.8. */
    public boolean isUnmarked() {
        return handle.isEmpty() && attributes.isEmpty();
    }

    /** {@code tunnel}, {@code workload} or the attribute {@code type}. */
    public String type() {
        if (isTunnel()) {
            return "tunnel";
        }
        return attributes.getOrDefault("type", attributes.containsKey("pod") ? "workload" : "-");
    }

    /** Its holder in a word or two: {@code default/web-0}, {@code node n1}, a handle. */
    public String holder() {
        String pod = attributes.get("pod");
        if (pod != null) {
            return attributes.containsKey("namespace") ? attributes.get("namespace") + "/" + pod : pod;
        }
        if (attributes.containsKey("type") && node().isPresent()) {
            return "node " + node().get();
        }
        return handle.map(id -> "handle " + id)
                .or(() -> node().map(node -> "node " + node))
                .orElse("unknown");
    }
}
