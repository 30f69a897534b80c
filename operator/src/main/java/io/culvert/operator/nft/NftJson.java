package io.culvert.operator.nft;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.culvert.reconciler.kernel.KernelException;
import java.io.IOException;
import java.util.function.Consumer;

/** What {@code nft -j} prints (libnftables-json(5)). */
final class NftJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private NftJson() {}

    /** Each object of a listing, one at a time: a host may have 100,000 chains. */
    static void forEach(String listing, Consumer<JsonNode> object) {
        try (JsonParser parser = JSON.createParser(listing)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.START_ARRAY) {
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        JsonNode next = parser.readValueAsTree();
                        object.accept(next);
                    }
                }
            }
        } catch (IOException e) {
            throw new KernelException("nft did not print JSON", e);
        }
    }

    static JsonNode parse(String output) {
        try {
            return JSON.readTree(output);
        } catch (JsonProcessingException e) {
            throw new KernelException("nft did not print JSON", e);
        }
    }
}
