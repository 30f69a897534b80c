package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The fields that a kind's documents may have, as a tree, after Calico's types ({@code api/pkg/apis/projectcalico/v3} and
 * {@code libcalico-go/lib/apis/internalapi}).
 *
 * @param below the fields of the object, or of each object in the list, by name; empty where anything is allowed
 */
public record KnownFields(Map<String, KnownFields> below) {

    private static final KnownFields ANYTHING = new KnownFields(Map.of());

    private static final KnownFields METADATA = fields(
            "name",
            "namespace",
            "generateName",
            "selfLink",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "labels",
            "annotations",
            "ownerReferences",
            "finalizers",
            "managedFields");

    private static final KnownFields IP_POOL = resource(fields(
                    "cidr",
                    "vxlanMode",
                    "ipipMode",
                    "natOutgoing",
                    "disabled",
                    "disableBGPExport",
                    "blockSize",
                    "nodeSelector",
                    "namespaceSelector",
                    "allowedUses",
                    "assignmentMode"))
            .with("status", ANYTHING);

    private static final KnownFields NODE = resource(fields(
                            "ipv4VXLANTunnelAddr",
                            "vxlanTunnelMACAddr",
                            "ipv6VXLANTunnelAddr",
                            "vxlanTunnelMACAddrV6",
                            "wireguard")
                    .with(
                            "bgp",
                            fields(
                                    "asNumber",
                                    "ipv4Address",
                                    "ipv6Address",
                                    "ipv4IPIPTunnelAddr",
                                    "routeReflectorClusterID"))
                    .with("orchRefs", fields("nodeName", "orchestrator"))
                    .with("addresses", fields("address", "type"))
                    .with("interfaces", fields("name", "addresses")))
            .with("status", ANYTHING);

    /** The fields of a document of that kind. */
    public static KnownFields of(Kind kind) {
        return switch (kind) {
            case IP_POOL -> IP_POOL;
            case NODE -> NODE;
        };
    }

    private static KnownFields resource(KnownFields spec) {
        return fields("apiVersion", "kind").with("metadata", METADATA).with("spec", spec);
    }

    private static KnownFields fields(String... names) {
        KnownFields fields = ANYTHING;
        for (String name : names) {
            fields = fields.with(name, ANYTHING);
        }
        return fields;
    }

    private KnownFields with(String name, KnownFields field) {
        Map<String, KnownFields> more = new TreeMap<>(below);
        more.put(name, field);
        return new KnownFields(Map.copyOf(more));
    }

    /** Whether the field is allowed. */
    public boolean has(String name) {
        return below.isEmpty() || below.containsKey(name);
    }

    /** What is allowed in that field. */
    public KnownFields field(String name) {
        return below.getOrDefault(name, ANYTHING);
    }

    /**
     * Reports each unknown field of the value, except those that the stored value has with the same content: what {@code get}
     * prints, {@code apply} accepts.
     *
     * @param stored missing if there is none
     */
    public void check(JsonNode value, JsonNode stored, String path, Consumer<Fault> faults) {
        if (below.isEmpty()) {
            return;
        }
        for (int i = 0; value.isArray() && i < value.size(); i++) {
            check(value.path(i), stored.path(i), path + "[" + i + "]", faults);
        }
        value.fieldNames().forEachRemaining(name -> {
            String shown = name.isEmpty() ? "\"\"" : name;
            String where = path.isEmpty() ? shown : path + "." + shown;
            KnownFields field = below.get(name);
            if (field != null) {
                field.check(value.path(name), stored.path(name), where, faults);
            } else if (!value.path(name).equals(stored.path(name))) {
                faults.accept(unknown(name, where, value.path(name)));
            }
        });
    }

    private Fault unknown(String name, String where, JsonNode value) {
        Optional<String> meant = Spelling.nearest(name, below.keySet());
        return Fault.at(where, value, "unknown field").suggesting(meant.filter(other -> !other.equals(name)));
    }
}
