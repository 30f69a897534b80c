package io.culvert.operator.calico;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Function;

/** A stored value as a tree. Nothing is lost on the way from etcd and back, whatever fields and numbers it holds. */
public final class JsonDocument {

    public static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private static final ObjectReader ANY = MAPPER.reader();

    /** A document with a duplicate field can be rewritten, but it does not say which of the two values is in force. */
    private static final ObjectReader UNAMBIGUOUS = ANY.with(StreamReadFeature.STRICT_DUPLICATE_DETECTION);

    private JsonDocument() {}

    /**
     * The tree of a value.
     *
     * @throws JsonProcessingException if it is not one JSON document, or holds a number out of range
     */
    public static JsonNode tree(byte[] json) throws JsonProcessingException {
        return tree(ANY, json);
    }

    /** The result of {@code decode} for the tree; a single fault if the bytes are not one JSON document. */
    public static <T> Decoded<T> read(byte[] json, Function<JsonNode, Decoded<T>> decode) {
        try {
            return decode.apply(tree(UNAMBIGUOUS, json));
        } catch (JsonProcessingException broken) {
            String where = broken.getLocation() == null
                    ? ""
                    : " (line " + broken.getLocation().getLineNr() + ", column "
                            + broken.getLocation().getColumnNr() + ")";
            String what = broken.getOriginalMessage().replaceAll("\\s+", " ");
            return new Decoded.Invalid<>(List.of(Fault.ofDocument("invalid JSON: " + what + where)));
        }
    }

    private static JsonNode tree(ObjectReader reader, byte[] json) throws JsonProcessingException {
        try {
            return reader.readTree(json);
        } catch (MismatchedInputException trailing) {
            // A tree takes any JSON, so nothing else can be wrong with a valid one.
            throw new JsonParseException(null, "trailing content");
        } catch (NumberFormatException excessive) {
            throw new JsonParseException(null, "a number is out of range");
        } catch (JsonProcessingException broken) {
            throw broken;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
