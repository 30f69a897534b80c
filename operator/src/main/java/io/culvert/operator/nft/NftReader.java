package io.culvert.operator.nft;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.reconciler.kernel.PacketFilter.Dropped;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Compares {@code nft -j -n list table ip culvert} (libnftables-json(5)) with what {@link NftScript} writes. Pure.
 */
final class NftReader {

    private static final String MASQUERADE_RULE = "ip saddr == @nat_pools, ip daddr != @pools, masquerade";
    private static final String MASQUERADE_EXCEPT_SOURCES_RULE =
            "ip saddr == @nat_pools, ip daddr != @pools, ip daddr != @tunnel_sources, masquerade";
    private static final Pattern OTHER_TUNNEL_RULE =
            Pattern.compile("iifname == (\\S+), ip daddr == @pools, ip saddr != @pools, counter, drop");
    private static final String STRANGERS_RULE = "ip protocol == 4, ip saddr != @tunnel_sources, counter, drop";
    /** {@code RTN_LOCAL}, {@code linux/rtnetlink.h}. */
    private static final int LOCAL = 2;

    private static final Map<String, String> CHAINS = Map.of(
            "prerouting", "filter hook prerouting priority -300 policy accept",
            "postrouting", "nat hook postrouting priority 100 policy accept",
            "input", "filter hook input priority 0 policy accept");

    private final Map<String, SortedSet<Prefix>> sets = new TreeMap<>();
    private final Map<String, String> chains = new TreeMap<>();
    private final Map<String, List<String>> rules = new TreeMap<>();
    private final List<String> deviations = new ArrayList<>();
    private final Map<String, Long> dropped = new TreeMap<>();
    private final String forgedRule;
    private final String masqueradeIntoTunnelRule;

    private NftReader(String tunnelDevice) {
        masqueradeIntoTunnelRule = "oifname == " + tunnelDevice + ", fib type of saddr == " + LOCAL
                + ", fib type of saddr . oif != " + LOCAL + ", masquerade";
        forgedRule = "iifname == " + tunnelDevice + ", ip saddr != @pools, counter, drop";
    }

    /** @param tunnelDevice name of the device whose arriving packets should be filtered */
    static FilterState read(JsonNode listing, String tunnelDevice) {
        NftReader reader = new NftReader(tunnelDevice);
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
                case "rule" -> {
                    String chain = body.path("chain").asText();
                    rules.computeIfAbsent(chain, name -> new ArrayList<>()).add(rule(chain, body.path("expr")));
                }
                default ->
                    deviations.add(entry.getKey() + " " + body.path("name").asText() + " is not Culvert's");
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

    private String rule(String chain, JsonNode expressions) {
        List<String> parts = new ArrayList<>();
        expressions.forEach(expression -> expression
                .properties()
                .forEach(entry -> parts.add(
                        switch (entry.getKey()) {
                            case "match" -> match(entry.getValue());
                            case "counter" -> counter(chain, entry.getValue());
                            default ->
                                entry.getValue().isNull() ? entry.getKey() : entry.getKey() + " " + entry.getValue();
                        })));
        return String.join(", ", parts);
    }

    /** Each chain that drops has one counter of Culvert's. */
    private String counter(String chain, JsonNode counter) {
        dropped.merge(chain, counter.path("packets").asLong(), Long::sum);
        return "counter";
    }

    private static String match(JsonNode match) {
        return left(match.path("left")) + " " + match.path("op").asText() + " "
                + match.path("right").asText();
    }

    private static String left(JsonNode left) {
        if (left.has("meta")) {
            return left.path("meta").path("key").asText();
        }
        if (left.has("fib")) {
            List<String> flags = new ArrayList<>();
            left.path("fib").path("flags").forEach(flag -> flags.add(flag.asText()));
            return "fib " + left.path("fib").path("result").asText() + " of " + String.join(" . ", flags);
        }
        return left.path("payload").path("protocol").asText() + " "
                + left.path("payload").path("field").asText();
    }

    private FilterState state() {
        compareChains();
        boolean strangersKeptOut = holds("input", STRANGERS_RULE);
        SortedSet<String> otherTunnels = takeOtherTunnels();
        boolean forgedKeptOut = holds("prerouting", forgedRule);
        if (strangersKeptOut != forgedKeptOut) {
            deviations.add("chain " + (forgedKeptOut ? "input" : "prerouting") + " lacks its rule");
        }
        boolean sourcesExempt = sourcesExempt(strangersKeptOut);
        Ruleset ruleset = new Ruleset(
                takeSet("pools"),
                takeSet("nat_pools"),
                takeSet("tunnel_sources"),
                sourcesExempt,
                strangersKeptOut,
                otherTunnels);
        sets.keySet().forEach(name -> deviations.add("set " + name + " is not Culvert's"));
        return new FilterState(
                Optional.of(ruleset),
                deviations,
                new Dropped(dropped.getOrDefault("input", 0L), dropped.getOrDefault("prerouting", 0L)));
    }

    private boolean sourcesExempt(boolean tunnel) {
        List<String> found = rules.getOrDefault("postrouting", List.of());
        List<String> intoTunnel = tunnel ? List.of(masqueradeIntoTunnelRule) : List.of();
        boolean exempt = found.equals(with(MASQUERADE_EXCEPT_SOURCES_RULE, intoTunnel));
        if (!exempt && !found.equals(with(MASQUERADE_RULE, intoTunnel))) {
            deviations.add("chain postrouting holds " + found);
        }
        return exempt;
    }

    private static List<String> with(String first, List<String> others) {
        return Stream.concat(Stream.of(first), others.stream()).toList();
    }

    /** The devices of the rules after the first. */
    private SortedSet<String> takeOtherTunnels() {
        List<String> prerouting = rules.getOrDefault("prerouting", new ArrayList<>());
        SortedSet<String> names = new TreeSet<>();
        for (String rule : prerouting) {
            Matcher other = OTHER_TUNNEL_RULE.matcher(rule);
            if (other.matches()) {
                names.add(other.group(1));
            }
        }
        prerouting.removeIf(OTHER_TUNNEL_RULE.asMatchPredicate());
        return names;
    }

    /** Whether the chain has just that rule; any other rule is a deviation. */
    private boolean holds(String chain, String rule) {
        List<String> found = rules.getOrDefault(chain, List.of());
        boolean asWritten = found.equals(List.of(rule));
        if (!asWritten && !found.isEmpty()) {
            deviations.add("chain " + chain + " holds " + found);
        }
        return asWritten;
    }

    private void compareChains() {
        CHAINS.forEach((name, expected) -> {
            String found = chains.remove(name);
            if (!expected.equals(found)) {
                deviations.add("chain " + name + " is " + (found == null ? "missing" : found));
            }
        });
        chains.keySet().forEach(name -> deviations.add("chain " + name + " is not Culvert's"));
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
