package io.culvert.operator.calico.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.JsonDocument;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.DatastoreException.Kind;
import io.culvert.operator.etcd.Stored;

/** Stored values as objects that are changed and written back. */
public final class Json {

    private Json() {}

    /** A new object. */
    public static ObjectNode object() {
        return JsonDocument.MAPPER.createObjectNode();
    }

    /**
     * The tree of a stored value, free to be changed.
     *
     * @throws DatastoreException of kind REFUSED if it is not a JSON object
     */
    public static ObjectNode read(Stored stored) {
        try {
            if (JsonDocument.tree(stored.value()) instanceof ObjectNode object) {
                return object;
            }
            throw malformed(stored, "it is not a JSON object");
        } catch (JsonProcessingException broken) {
            throw malformed(stored, broken.getOriginalMessage());
        }
    }

    private static DatastoreException malformed(Stored stored, String reason) {
        return new DatastoreException(
                Kind.REFUSED,
                "the value of " + stored.key() + " in etcd (revision " + stored.modRevision() + ") is malformed: "
                        + reason + "; put a correct value or delete the key");
    }

    public static byte[] write(JsonNode tree) {
        try {
            return JsonDocument.MAPPER.writeValueAsBytes(tree);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a JSON tree that cannot be written", impossible);
        }
    }
}
