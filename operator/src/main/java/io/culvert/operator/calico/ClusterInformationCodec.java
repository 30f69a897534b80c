package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Reads Calico's ClusterInformation ({@code api/pkg/apis/projectcalico/v3/clusterinfo.go}), of which one field concerns Culvert:
 * {@code spec.datastoreReady}, false while the datastore is locked ({@code calicoctl datastore migrate lock}).
 */
public final class ClusterInformationCodec {

    static final String KIND = "ClusterInformation";

    private ClusterInformationCodec() {}

    /** Whether a stored value says that the datastore is locked; false if it does not say. */
    public static Decoded<Boolean> decodeLocked(byte[] json) {
        return JsonDocument.read(json, ClusterInformationCodec::decodeLocked);
    }

    private static Decoded<Boolean> decodeLocked(JsonNode document) {
        Fields root = Fields.of(document);
        ResourceHeader.read(root, KIND);
        Fields spec = root.object("spec");
        boolean ready = !spec.has("datastoreReady") || spec.flag("datastoreReady");
        return root.faults().isEmpty() ? new Decoded.Valid<>(!ready) : new Decoded.Invalid<>(root.faults());
    }
}
