package io.culvert.operator.calico.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.store.Keys.AffinityKey;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Affinity.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads block affinities. An empty value and an empty state, which old writers left, count as confirmed. */
public final class AffinityCodec {

    private static final Map<String, State> STATES = Map.of(
            "", State.CONFIRMED,
            "confirmed", State.CONFIRMED,
            "pending", State.PENDING,
            "pendingDeletion", State.PENDING_DELETION);

    /** How Calico writes nearly all of them, which nobody has to parse. */
    private static final List<byte[]> CONFIRMED = Stream.of(
                    "{\"state\":\"confirmed\",\"deleted\":false}", "{\"state\":\"confirmed\"}")
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .toList();

    private AffinityCodec() {}

    /** The claim at a key. Never {@link Decoded.Unsupported}. */
    public static Decoded<Affinity> decode(AffinityKey key, byte[] json) {
        for (byte[] confirmed : CONFIRMED) {
            if (Arrays.equals(confirmed, json)) {
                return new Decoded.Valid<>(new Affinity(key.node(), key.block(), State.CONFIRMED));
            }
        }
        try {
            JsonNode tree = json.length == 0 ? Json.MAPPER.createObjectNode() : Json.tree(json);
            return decode(key, tree);
        } catch (JsonProcessingException broken) {
            return invalid(Fault.ofDocument("invalid JSON: " + broken.getOriginalMessage()));
        } catch (IOException broken) {
            return invalid(Fault.ofDocument("invalid JSON: " + broken.getMessage()));
        } catch (NumberFormatException huge) {
            return invalid(Fault.ofDocument("has a number that cannot be read: " + huge.getMessage()));
        }
    }

    /** Whether it is a claim that stands. */
    public static boolean isConfirmed(AffinityKey key, byte[] json) {
        return decode(key, json) instanceof Decoded.Valid<Affinity> valid
                && valid.value().state() == State.CONFIRMED;
    }

    private static Decoded<Affinity> decode(AffinityKey key, JsonNode tree) {
        if (!tree.isObject()) {
            return invalid(Fault.ofDocument("must be an object"));
        }
        JsonNode text = tree.path("state");
        @Nullable
        State state = text.isTextual() || text.isNull() || text.isMissingNode()
                ? STATES.get(text.isNull() ? "" : text.asText())
                : null;
        return state == null
                ? invalid(new Fault(
                        "state", text.toString(), "must be pending, confirmed or pendingDeletion", Optional.empty()))
                : new Decoded.Valid<>(new Affinity(key.node(), key.block(), state));
    }

    private static Decoded<Affinity> invalid(Fault fault) {
        return new Decoded.Invalid<>(List.of(fault));
    }
}
