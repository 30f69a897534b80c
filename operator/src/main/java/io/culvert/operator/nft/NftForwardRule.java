package io.culvert.operator.nft;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.reconciler.kernel.Change.Backend;
import io.culvert.reconciler.kernel.Change.ForwardRule;
import io.culvert.reconciler.kernel.Change.Side;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.Optional;

/** A rule of ours in nft's language. iptables lists it as its own, and checks and deletes it. Pure. */
final class NftForwardRule {

    private NftForwardRule() {}

    /** Inserts it before all other rules of the chain. */
    static String insertion(ForwardRule rule) {
        return "insert rule ip filter FORWARD ip " + field(rule.side()) + " " + rule.pool()
                + " counter accept comment \"" + ForwardRule.COMMENT + "\"\n";
    }

    /** The rule, if it is ours: just what {@link #insertion} writes. */
    static Optional<ForwardRule> of(JsonNode rule) {
        JsonNode expressions = rule.path("expr");
        JsonNode match = expressions.path(0).path("match");
        if (!rule.path("comment").asText().equals(ForwardRule.COMMENT)
                || expressions.size() != 3
                || !expressions.path(1).has("counter")
                || !expressions.path(2).has("accept")
                || !match.path("op").asText().equals("==")) {
            return Optional.empty();
        }
        JsonNode payload = match.path("left").path("payload");
        for (Side side : Side.values()) {
            if (payload.path("protocol").asText().equals("ip")
                    && payload.path("field").asText().equals(field(side))) {
                return pool(match.path("right")).map(pool -> new ForwardRule(Backend.NFT, side, pool));
            }
        }
        return Optional.empty();
    }

    private static Optional<Prefix> pool(JsonNode right) {
        try {
            JsonNode prefix = right.path("prefix");
            return Optional.of(
                    prefix.isMissingNode()
                            ? Prefix.host(Address.parse(right.asText()))
                            : Prefix.containing(
                                    Address.parse(prefix.path("addr").asText()),
                                    prefix.path("len").asInt()));
        } catch (IllegalArgumentException noPrefix) {
            return Optional.empty();
        }
    }

    private static String field(Side side) {
        return side == Side.SOURCE ? "saddr" : "daddr";
    }
}
