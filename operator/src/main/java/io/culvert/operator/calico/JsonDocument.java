package io.culvert.operator.calico;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Function;

/** A stored value as a tree. */
final class JsonDocument {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonDocument() {}

    /** The tree, decoded; a single fault if the bytes are not one JSON document. */
    static <T> Decoded<T> read(byte[] json, Function<JsonNode, Decoded<T>> decode) {
        try {
            return decode.apply(MAPPER.readTree(json));
        } catch (MismatchedInputException trailing) {
            // A tree takes any JSON, so this is the only possible mismatch.
            return new Decoded.Invalid<>(List.of(Fault.ofDocument("invalid JSON: trailing content")));
        } catch (JsonProcessingException broken) {
            String where = broken.getLocation() == null
                    ? ""
                    : " (line " + broken.getLocation().getLineNr() + ", column "
                            + broken.getLocation().getColumnNr() + ")";
            String what = broken.getOriginalMessage().replaceAll("\\s+", " ");
            return new Decoded.Invalid<>(List.of(Fault.ofDocument("invalid JSON: " + what + where)));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
