package io.culvert.operator.calico.store;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.DatastoreException.Kind;
import io.culvert.operator.etcd.Stored;
import java.io.IOException;

/** Documents as trees that lose nothing on the way from etcd and back, whatever fields and numbers they hold. */
public final class Json {

    public static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private Json() {}

    /**
     * The tree of a value.
     *
     * @throws JsonProcessingException if it is not one JSON document, or holds a number that no memory can
     */
    public static JsonNode tree(byte[] value) throws IOException {
        try {
            return MAPPER.readTree(value);
        } catch (MismatchedInputException trailing) {
            // A tree takes any JSON, so that is all that can be amiss with a proper one.
            throw new JsonParseException(null, "more follows after its end");
        } catch (NumberFormatException excessive) {
            throw new JsonParseException(null, "a number is beyond all bounds");
        }
    }

    /** The tree of a stored value, free to be changed.
     *
     * @throws DatastoreException of kind REFUSED if it is not a JSON object
     */
    public static ObjectNode read(Stored stored) {
        try {
            JsonNode tree = tree(stored.value());
            if (tree instanceof ObjectNode object) {
                return object;
            }
            throw malformed(stored, "it is not a JSON object");
        } catch (JsonProcessingException broken) {
            throw malformed(stored, broken.getOriginalMessage());
        } catch (IOException broken) {
            throw malformed(stored, String.valueOf(broken.getMessage()));
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
            return MAPPER.writeValueAsBytes(tree);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a JSON tree that cannot be written", impossible);
        }
    }
}
