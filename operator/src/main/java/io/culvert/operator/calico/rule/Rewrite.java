package io.culvert.operator.calico.rule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.KnownFields;
import io.culvert.operator.calico.Resource;
import java.util.List;

/**
 * Merges a file's document into the stored one: the file sets the desired state, the store keeps what files do not set. All
 * results are new trees.
 */
public final class Rewrite {

    private static final List<String> COMPARED_METADATA = List.of("labels", "annotations");

    private Rewrite() {}

    /**
     * A new resource. Of the metadata only name, labels and annotations count, as with Calico's tools; defaults are written out.
     *
     * @param file without faults
     */
    public static Resource created(Resource file) {
        ObjectNode document = file.document().objectNode();
        document.set("kind", file.document().path("kind"));
        document.set("apiVersion", file.document().path("apiVersion"));
        document.set("metadata", metadata(file.document()));
        document.set("spec", spec(file.document()));
        prune(document, KnownFields.of(file.kind()));
        document.withObject("spec");
        if (file.kind() == Kind.NODE) {
            document.withObject("status");
        }
        return file.writtenAs(withDefaults(file.writtenAs(document)));
    }

    private static ObjectNode spec(ObjectNode file) {
        return file.path("spec") instanceof ObjectNode spec ? spec.deepCopy() : file.objectNode();
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
     * A resource that exists. Labels, annotations and spec are the file's, with two exceptions: unknown fields stay, and so does
     * a block size that the file omits, since it cannot change. The remaining metadata and the status stay.
     *
     * @param file without faults
     */
    public static Resource modified(Resource stored, Resource file) {
        ObjectNode spec = spec(file.document());
        keep(stored.document().path("spec"), spec, KnownFields.of(file.kind()).field("spec"));
        ObjectNode wanted = file.document().deepCopy();
        wanted.set("spec", spec);
        Resource created = created(withBlockSizeOf(stored, file.writtenAs(wanted)));

        ObjectNode document = stored.document().deepCopy();
        ObjectNode metadata = document.withObject("metadata");
        metadata.remove(COMPARED_METADATA);
        metadata.setAll((ObjectNode) created.document().path("metadata"));
        for (String field : List.of("kind", "apiVersion", "spec")) {
            document.set(field, created.document().path(field));
        }
        return created.writtenAs(document);
    }

    /** Unless the file sets one. A size other than the default changes the meaning, so the document is decoded again. */
    private static Resource withBlockSizeOf(Resource stored, Resource file) {
        JsonNode size = stored.document().path("spec").path("blockSize");
        if (size.isMissingNode()
                || file.document().path("spec").path("blockSize").asInt() != 0) {
            return file;
        }
        file.document().withObject("spec").set("blockSize", size);
        boolean isDefault = size.isInt()
                && file.pool()
                        .filter(pool -> pool.blockSize() == size.intValue())
                        .isPresent();
        return isDefault ? file : Resource.of(file.kind(), file.document());
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

    /** The document as Calico's tools show it, with the defaults written out. An invalid one stays as it is. */
    public static ObjectNode withDefaults(Resource resource) {
        ObjectNode document = resource.document().deepCopy();
        resource.pool().ifPresent(pool -> PoolDefaults.writeOut(document, pool));
        return document;
    }

    /** Whether labels, annotations and spec are the same; defaults count as written, empty values as absent. */
    public static boolean same(Resource one, Resource other) {
        ObjectNode left = comparable(one);
        ObjectNode right = comparable(other);
        return left.path("spec").equals(right.path("spec"))
                && COMPARED_METADATA.stream()
                        .allMatch(field -> left.path("metadata")
                                .path(field)
                                .equals(right.path("metadata").path(field)));
    }

    private static ObjectNode comparable(Resource resource) {
        ObjectNode document = withDefaults(resource);
        prune(document, KnownFields.of(resource.kind()));
        return document;
    }

    /**
     * Removes what Go would not have written: null, false, empty text, empty lists and objects. Unknown fields stay, and so
     * do the entries of a map.
     */
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
