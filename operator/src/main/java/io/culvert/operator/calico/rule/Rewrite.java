package io.culvert.operator.calico.rule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.KnownFields;
import io.culvert.operator.calico.NodeCodec;
import io.culvert.reconciler.resource.IpPool;
import java.util.List;

/**
 * What is stored when a file's document is applied: the file says what the resource shall be, the store keeps what files do
 * not say. All results are new trees.
 */
public final class Rewrite {

    private static final List<String> COMPARED_METADATA = List.of("labels", "annotations");

    private Rewrite() {}

    /**
     * The document of a resource that does not exist yet: of the metadata only name, labels and annotations count, as with
     * Calico's tools, and defaults are written out.
     *
     * @param file a document without faults
     */
    public static ObjectNode created(ObjectNode file) {
        ObjectNode document = file.objectNode();
        document.set("kind", file.path("kind"));
        document.set("apiVersion", file.path("apiVersion"));
        document.set("metadata", metadata(file));
        document.set("spec", file.withObject("spec").deepCopy());
        prune(document);
        document.withObject("spec");
        if (document.path("kind").asText().equals(NodeCodec.KIND)) {
            document.withObject("status");
        }
        return withDefaults(document);
    }

    private static ObjectNode metadata(ObjectNode file) {
        ObjectNode metadata = file.objectNode();
        file.path("metadata").properties().forEach(field -> {
            if (field.getKey().equals("name") || COMPARED_METADATA.contains(field.getKey())) {
                metadata.set(field.getKey(), field.getValue().deepCopy());
            }
        });
        return metadata;
    }

    /**
     * The document of a resource that exists: labels, annotations and spec are the file's, with two exceptions. Fields that
     * no version of Calico known here has stay as they are, and so does a pool's block size that the file leaves out, since
     * it cannot change. The remaining metadata and the status stay.
     *
     * @param file a document without faults
     */
    public static ObjectNode modified(ObjectNode stored, ObjectNode file) {
        ObjectNode wanted = file.deepCopy();
        KnownFields known =
                KnownFields.of(Kind.spelled(file.path("kind").asText()).orElseThrow());
        keep(stored.path("spec"), wanted.withObject("spec"), known.field("spec"));
        if (wanted.path("spec").path("blockSize").asInt() == 0
                && stored.path("spec").has("blockSize")) {
            wanted.withObject("spec").set("blockSize", stored.path("spec").path("blockSize"));
        }
        wanted = created(wanted);
        ObjectNode document = stored.deepCopy();
        ObjectNode metadata = document.withObject("metadata");
        metadata.remove(COMPARED_METADATA);
        metadata.setAll((ObjectNode) wanted.path("metadata"));
        document.set("kind", wanted.path("kind"));
        document.set("apiVersion", wanted.path("apiVersion"));
        document.set("spec", wanted.path("spec"));
        return document;
    }

    private static void keep(JsonNode stored, ObjectNode wanted, KnownFields known) {
        stored.properties().forEach(field -> {
            String name = field.getKey();
            if (!known.has(name)) {
                wanted.set(name, field.getValue().deepCopy());
            } else if (field.getValue().isObject() && wanted.path(name) instanceof ObjectNode below) {
                keep(field.getValue(), below, known.field(name));
            }
        });
    }

    /**
     * The document as Calico's tools show it: with the defaults written out. One that is not understood stays as it is.
     *
     * @param document changed in place, and returned
     */
    public static ObjectNode withDefaults(ObjectNode document) {
        if (document.path("kind").asText().equals(IpPoolCodec.KIND)
                && IpPoolCodec.decode(document) instanceof Decoded.Valid<IpPool> valid) {
            PoolDefaults.writeOut(document, valid.value());
        }
        return document;
    }

    /** Whether both say the same about labels, annotations and spec, defaults counted as written and emptiness as absence. */
    public static boolean same(ObjectNode one, ObjectNode other) {
        ObjectNode left = comparable(one);
        ObjectNode right = comparable(other);
        return left.path("spec").equals(right.path("spec"))
                && COMPARED_METADATA.stream()
                        .allMatch(field -> left.path("metadata")
                                .path(field)
                                .equals(right.path("metadata").path(field)));
    }

    private static ObjectNode comparable(ObjectNode document) {
        ObjectNode copy = withDefaults(document.deepCopy());
        prune(copy);
        return copy;
    }

    /** Removes what Go would not have written: null, false, empty text, empty lists and objects. */
    private static void prune(ObjectNode document) {
        Kind.spelled(document.path("kind").asText()).ifPresent(kind -> prune(document, KnownFields.of(kind)));
    }

    /** Of fields that are not known nobody knows what Go would have done; the words of a map are a person's own. */
    private static void prune(ObjectNode object, KnownFields known) {
        for (String name : known.below().keySet()) {
            JsonNode value = object.path(name);
            if (value instanceof ObjectNode below) {
                prune(below, known.field(name));
            }
            if (value.isNull() || value.isContainerNode() && value.isEmpty() || isFalseOrEmpty(value)) {
                object.remove(name);
            }
        }
    }

    private static boolean isFalseOrEmpty(JsonNode value) {
        return value.isBoolean() && !value.booleanValue()
                || value.isTextual() && value.textValue().isEmpty();
    }
}
