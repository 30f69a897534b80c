package io.culvert.operator.nft;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What {@code nft -j -n list table ip culvert} says (libnftables-json(5)), held against what {@link NftScript} writes. Pure.
 */
final class NftReader {

    private static final String MASQUERADE_RULE = "ip saddr == @nat_pools, ip daddr != @pools, masquerade";
    private static final String MASQUERADE_EXCEPT_SOURCES_RULE =
            "ip saddr == @nat_pools, ip daddr != @pools, ip daddr != @tunnel_sources, masquerade";
    private static final String STRANGERS_RULE = "ip protocol == 4, ip saddr != @tunnel_sources, counter, drop";
    private static final Map<String, String> CHAINS = Map.of(
            "postrouting", "nat hook postrouting priority 100 policy accept",
            "input", "filter hook input priority 0 policy accept");

    private final Map<String, SortedSet<Prefix>> sets = new TreeMap<>();
    private final Map<String, String> chains = new TreeMap<>();
    private final Map<String, List<String>> rules = new TreeMap<>();
    private final List<String> deviations = new ArrayList<>();
    private long strangersDropped;

    private NftReader() {}

    static FilterState read(JsonNode listing) {
        NftReader reader = new NftReader();
        listing.path("nftables").forEach(reader::object);
        return reader.state();
    }

    private void object(JsonNode object) {
        object.properties().forEach(entry -> {
            JsonNode body = entry.getValue();
            switch (entry.getKey()) {
                case "metainfo", "table" -> {}
                case "set" -> set(body);
                case "chain" -> chains.put(body.path("name").asText(), chain(body));
                case "rule" ->
                    rules.computeIfAbsent(body.path("chain").asText(), name -> new ArrayList<>())
                            .add(rule(body.path("expr")));
                default ->
                    deviations.add(entry.getKey() + " " + body.path("name").asText() + " is not of Culvert's making");
            }
        });
    }

    private void set(JsonNode body) {
        SortedSet<Prefix> elements = new TreeSet<>();
        body.path("elem").forEach(element -> elements.addAll(prefixes(element)));
        sets.put(body.path("name").asText(), elements);
        if (!body.path("type").asText().equals("ipv4_addr")) {
            deviations.add("set " + body.path("name").asText() + " is not of type ipv4_addr");
        }
    }

    private List<Prefix> prefixes(JsonNode element) {
        if (element.isTextual()) {
            return List.of(Prefix.host(Address.parse(element.asText())));
        }
        JsonNode prefix = element.path("prefix");
        if (!prefix.isMissingNode()) {
            return List.of(Prefix.containing(
                    Address.parse(prefix.path("addr").asText()),
                    prefix.path("len").asInt()));
        }
        deviations.add("an element is neither an address nor a prefix: " + element);
        return List.of();
    }

    private static String chain(JsonNode body) {
        return body.path("type").asText() + " hook " + body.path("hook").asText() + " priority "
                + body.path("prio").asInt() + " policy " + body.path("policy").asText();
    }

    private String rule(JsonNode expressions) {
        List<String> parts = new ArrayList<>();
        expressions.forEach(expression -> expression
                .properties()
                .forEach(entry -> parts.add(
                        switch (entry.getKey()) {
                            case "match" -> match(entry.getValue());
                            case "counter" -> counter(entry.getValue());
                            default ->
                                entry.getValue().isNull() ? entry.getKey() : entry.getKey() + " " + entry.getValue();
                        })));
        return String.join(", ", parts);
    }

    /** The only counter that Culvert writes is that of strangers. */
    private String counter(JsonNode counter) {
        strangersDropped += counter.path("packets").asLong();
        return "counter";
    }

    private static String match(JsonNode match) {
        JsonNode payload = match.path("left").path("payload");
        return payload.path("protocol").asText() + " " + payload.path("field").asText() + " "
                + match.path("op").asText() + " " + match.path("right").asText();
    }

    private FilterState state() {
        compareChains();
        List<String> input = rules.getOrDefault("input", List.of());
        boolean tunnelFiltered = input.equals(List.of(STRANGERS_RULE));
        if (!tunnelFiltered && !input.isEmpty()) {
            deviations.add("chain input holds " + input);
        }
        List<String> postrouting = rules.getOrDefault("postrouting", List.of());
        boolean sourcesExempt = postrouting.equals(List.of(MASQUERADE_EXCEPT_SOURCES_RULE));
        if (!sourcesExempt && !postrouting.equals(List.of(MASQUERADE_RULE))) {
            deviations.add("chain postrouting holds " + postrouting);
        }
        Ruleset ruleset = new Ruleset(
                takeSet("pools"), takeSet("nat_pools"), takeSet("tunnel_sources"), sourcesExempt, tunnelFiltered);
        sets.keySet().forEach(name -> deviations.add("set " + name + " is not of Culvert's making"));
        return new FilterState(Optional.of(ruleset), deviations, strangersDropped);
    }

    private void compareChains() {
        CHAINS.forEach((name, expected) -> {
            String found = chains.remove(name);
            if (!expected.equals(found)) {
                deviations.add("chain " + name + " is " + (found == null ? "missing" : found));
            }
        });
        chains.keySet().forEach(name -> deviations.add("chain " + name + " is not of Culvert's making"));
    }

    private SortedSet<Prefix> takeSet(String name) {
        SortedSet<Prefix> found = sets.remove(name);
        if (found == null) {
            deviations.add("set " + name + " is missing");
            return new TreeSet<>();
        }
        return found;
    }
}
