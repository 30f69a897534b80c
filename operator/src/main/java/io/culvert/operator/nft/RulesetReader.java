package io.culvert.operator.nft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.culvert.reconciler.firewall.Match;
import io.culvert.reconciler.firewall.Match.Answer;
import io.culvert.reconciler.firewall.Match.Range;
import io.culvert.reconciler.firewall.Table;
import io.culvert.reconciler.firewall.Table.Chain;
import io.culvert.reconciler.firewall.Table.Hook;
import io.culvert.reconciler.firewall.Table.Rule;
import io.culvert.reconciler.firewall.Table.Verdict;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code nft -j -n list table} of a foreign table into the model of {@link Table}. A condition that the model does not know
 * may hold or not. Pure.
 */
final class RulesetReader {

    private static final Match MAYBE = new Match.Fixed(Answer.MAYBE);
    private static final Match NO = new Match.Fixed(Answer.NO);
    private static final Match YES = new Match.Fixed(Answer.YES);

    /** Numbers of the headers that nft names (IANA, protocol numbers). */
    private static final Map<String, Integer> PROTOCOLS = Map.of(
            "icmp", 1, "tcp", 6, "dccp", 33, "udp", 17, "gre", 47, "esp", 50, "ah", 51, "icmpv6", 58, "sctp", 132);

    /** NFPROTO_IPV4 of linux/netfilter.h. */
    private static final long IPV4 = 2;

    private record Base(Optional<Hook> hook, boolean policyDrop) {}

    private final Map<String, Base> chains = new LinkedHashMap<>();
    private final Map<String, List<Rule>> rules = new HashMap<>();
    private final Map<String, JsonNode> sets = new HashMap<>();

    private RulesetReader() {}

    static Table read(JsonNode listing, Table.Tool tool, String name) {
        RulesetReader reader = new RulesetReader();
        JsonNode objects = listing.path("nftables");
        // A rule may name a set that comes later.
        objects.forEach(reader::declaration);
        objects.forEach(object -> {
            JsonNode rule = object.path("rule");
            if (!rule.isMissingNode()) {
                reader.rules
                        .computeIfAbsent(rule.path("chain").asText(), chain -> new ArrayList<>())
                        .addAll(reader.rules(rule.path("expr")));
            }
        });
        return new Table(tool, name, reader.chains());
    }

    /** Where a chain hooks in, if it is one that filters. */
    static Optional<Hook> hook(JsonNode chain) {
        if (!chain.path("type").asText().equals("filter")) {
            return Optional.empty();
        }
        return switch (chain.path("hook").asText()) {
            case "prerouting" -> Optional.of(Hook.PREROUTING);
            case "input" -> Optional.of(Hook.INPUT);
            case "forward" -> Optional.of(Hook.FORWARD);
            case "output" -> Optional.of(Hook.OUTPUT);
            case "postrouting" -> Optional.of(Hook.POSTROUTING);
            default -> Optional.empty();
        };
    }

    static boolean policyDrop(JsonNode chain) {
        return chain.path("policy").asText().equals("drop");
    }

    private void declaration(JsonNode object) {
        JsonNode chain = object.path("chain");
        if (!chain.isMissingNode()) {
            chains.put(chain.path("name").asText(), new Base(hook(chain), policyDrop(chain)));
        }
        for (String kind : List.of("set", "map")) {
            JsonNode set = object.path(kind);
            if (!set.isMissingNode()) {
                sets.put(set.path("name").asText(), set.path("elem"));
            }
        }
    }

    private Map<String, Chain> chains() {
        Map<String, Chain> complete = new LinkedHashMap<>();
        chains.forEach((name, base) ->
                complete.put(name, new Chain(base.hook, base.policyDrop, rules.getOrDefault(name, List.of()))));
        return complete;
    }

    /** One rule, or one for each entry of a verdict map. */
    private List<Rule> rules(JsonNode expressions) {
        List<Match> matches = new ArrayList<>();
        for (JsonNode expression : expressions) {
            Map.Entry<String, JsonNode> statement =
                    expression.properties().iterator().next();
            String kind = statement.getKey();
            JsonNode body = statement.getValue();
            @Nullable Verdict verdict = verdict(kind, body);
            if (verdict != null) {
                return List.of(new Rule(matches, verdict));
            } else if (kind.equals("vmap")) {
                return verdictMap(matches, body);
            }
            matches.addAll(matches(kind, body));
        }
        return List.of(new Rule(matches, new Verdict.Continue()));
    }

    private static @Nullable Verdict verdict(String kind, JsonNode body) {
        return switch (kind) {
            case "accept" -> new Verdict.Accept();
            case "drop", "reject" -> new Verdict.Drop();
            case "return" -> new Verdict.Return();
            case "jump" -> new Verdict.Jump(body.path("target").asText());
            case "goto" -> new Verdict.Goto(body.path("target").asText());
            case "queue" -> new Verdict.Unknown();
            case "xt" ->
                body.path("type").asText().equals("target")
                                && body.path("name").asText().equals("REJECT")
                        ? new Verdict.Drop()
                        : null;
            default -> null;
        };
    }

    private List<Rule> verdictMap(List<Match> before, JsonNode map) {
        @Nullable JsonNode entries = elements(map.path("data"));
        if (entries == null) {
            List<Match> unknown = new ArrayList<>(before);
            unknown.add(MAYBE);
            return List.of(new Rule(unknown, new Verdict.Unknown()));
        }
        List<Rule> all = new ArrayList<>();
        for (JsonNode entry : entries) {
            List<Match> matches = new ArrayList<>(before);
            matches.addAll(comparison(map.path("key"), false, List.of(entry.path(0))));
            Map.Entry<String, JsonNode> named =
                    entry.path(1).properties().iterator().next();
            @Nullable Verdict verdict = verdict(named.getKey(), named.getValue());
            all.add(new Rule(matches, verdict == null ? new Verdict.Continue() : verdict));
        }
        return all;
    }

    private List<Match> matches(String kind, JsonNode body) {
        return switch (kind) {
            case "match" -> match(body);
            case "limit", "quota", "ct count", "connlimit", "meter", "socket", "synproxy" -> List.of(MAYBE);
            case "xt" -> List.of(extension(body));
            default -> List.of();
        };
    }

    /**
     * A match of iptables, which nft does not explain. A rule on the state of connections is almost always about those that exist,
     * and our packets are new.
     */
    private static Match extension(JsonNode body) {
        if (body.path("type").asText().equals("target")) {
            return YES;
        }
        return switch (body.path("name").asText()) {
            case "comment" -> YES;
            case "conntrack", "state" -> NO;
            default -> MAYBE;
        };
    }

    private List<Match> match(JsonNode match) {
        String operator = match.path("op").asText();
        boolean negated = operator.equals("!=") || operator.equals("!");
        if (!negated && !operator.equals("==") && !operator.equals("in")) {
            return List.of(MAYBE);
        }
        @Nullable JsonNode values = elements(match.path("right"));
        return values == null ? List.of(MAYBE) : comparison(match.path("left"), negated, values);
    }

    /** The values that something is compared with; null if they are not known. */
    private @Nullable JsonNode elements(JsonNode right) {
        if (right.isTextual() && right.asText().startsWith("@")) {
            return sets.get(right.asText().substring(1));
        }
        JsonNode set = right.path("set");
        if (set.isTextual()) {
            return elements(set);
        }
        if (!set.isMissingNode()) {
            return set;
        }
        return right.isArray() ? right : JsonNodeFactory.instance.arrayNode().add(right);
    }

    private static List<Match> comparison(JsonNode left, boolean negated, Iterable<JsonNode> values) {
        JsonNode payload = left.path("payload");
        if (!payload.isMissingNode()) {
            return payload(
                    payload.path("protocol").asText(), payload.path("field").asText(), negated, values);
        }
        JsonNode bits = left.path("&");
        String key = (bits.isMissingNode() ? left : bits.path(0))
                .path("meta")
                .path("key")
                .asText();
        if (key.equals("mark") || left.path("ct").path("key").asText().equals("mark")) {
            // Ours have none, so what is masked of it is 0 too.
            return List.of(number(Match.Field.MARK, negated, values));
        }
        if (!left.path("meta").isMissingNode()) {
            return List.of(meta(key, negated, values));
        }
        return switch (left.path("ct").path("key").asText()) {
            case "state" -> List.of(number(Match.Field.STATE, negated, values));
            // Neither translated nor answered yet.
            case "status" -> List.of(negated ? MAYBE : NO);
            default -> List.of(MAYBE);
        };
    }

    private static Match meta(String key, boolean negated, Iterable<JsonNode> values) {
        return switch (key) {
            case "iifname", "iif" -> device(Match.Side.IN, negated, values);
            case "oifname", "oif" -> device(Match.Side.OUT, negated, values);
            case "l4proto" -> number(Match.Field.PROTOCOL, negated, values);
            case "nfproto" -> constant(IPV4, negated, values);
            default -> MAYBE;
        };
    }

    private static List<Match> payload(String header, String field, boolean negated, Iterable<JsonNode> values) {
        if (header.equals("ip")) {
            return List.of(
                    switch (field) {
                        case "saddr" -> number(Match.Field.SOURCE, negated, values);
                        case "daddr" -> number(Match.Field.DESTINATION, negated, values);
                        case "protocol" -> number(Match.Field.PROTOCOL, negated, values);
                        default -> MAYBE;
                    });
        }
        if (header.equals("ip6")) {
            return List.of(NO);
        }
        @Nullable Integer protocol = PROTOCOLS.get(header);
        if (protocol == null && !header.equals("th")) {
            return List.of(MAYBE);
        }
        List<Match> matches = new ArrayList<>();
        if (protocol != null) {
            matches.add(new Match.NumberIn(Match.Field.PROTOCOL, List.of(Range.of(protocol)), false));
        }
        matches.add(
                switch (field) {
                    case "sport" -> number(Match.Field.SOURCE_PORT, negated, values);
                    case "dport" -> number(Match.Field.DESTINATION_PORT, negated, values);
                    default -> MAYBE;
                });
        return matches;
    }

    private static Match constant(long actual, boolean negated, Iterable<JsonNode> values) {
        boolean found = false;
        for (JsonNode value : values) {
            found |= value.asLong() == actual;
        }
        return found == negated ? NO : YES;
    }

    private static Match device(Match.Side side, boolean negated, Iterable<JsonNode> values) {
        List<String> names = new ArrayList<>();
        values.forEach(value -> names.add(bare(value).asText()));
        return new Match.DeviceIn(side, names, negated);
    }

    private static Match number(Match.Field field, boolean negated, Iterable<JsonNode> values) {
        List<Range> ranges = new ArrayList<>();
        for (JsonNode value : values) {
            @Nullable Range range = range(bare(value));
            if (range == null) {
                return MAYBE;
            }
            ranges.add(range);
        }
        return new Match.NumberIn(field, ranges, negated);
    }

    /** An element of a set, without its counter or time limit. */
    private static JsonNode bare(JsonNode value) {
        JsonNode element = value.path("elem").path("val");
        return element.isMissingNode() ? value : element;
    }

    private static @Nullable Range range(JsonNode value) {
        JsonNode ends = value.path("range");
        if (!ends.isMissingNode()) {
            @Nullable Range first = range(ends.path(0));
            @Nullable Range last = range(ends.path(1));
            return first == null || last == null ? null : new Range(first.first(), last.last());
        }
        JsonNode prefix = value.path("prefix");
        if (prefix.path("addr").isTextual()) {
            @Nullable Range first = range(prefix.path("addr"));
            return first == null
                    ? null
                    : Range.of(Prefix.containing(
                            new Address((int) first.first()), prefix.path("len").asInt()));
        }
        if (value.isIntegralNumber()) {
            return Range.of(value.asLong());
        }
        try {
            return Range.of(Prefix.host(Address.parse(value.asText())));
        } catch (IllegalArgumentException unknown) {
            return null;
        }
    }
}
