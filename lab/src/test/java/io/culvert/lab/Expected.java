package io.culvert.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The routes that a node should have by what etcd holds, worked out here a second time; and those that it has, in the same words.
 * Knows the rules for blocks in pools that do not overlap, and no others.
 */
final class Expected {

    private static final Pattern ROUTE =
            Pattern.compile("(blackhole )?(\\S+)(?:.* via (\\S+) dev (\\S+))?(?: onlink| metric 4294967295)?\\s*");

    private final Map<Prefix, String> modes = new HashMap<>();
    private final Map<String, String> addresses = new HashMap<>();
    private final TreeSet<String> claims = new TreeSet<>();
    private final Map<String, String> owners = new HashMap<>();

    private Expected() {}

    static Expected of(Etcd etcd) {
        Expected expected = new Expected();
        etcd.all("/calico/").forEach(expected::add);
        return expected;
    }

    private void add(String key, String value) {
        if (key.startsWith(Pool.PREFIX)) {
            Json.ifParses(value)
                    .ifPresent(pool -> modes.put(
                            Prefix.of(pool.at("/spec/cidr").asText()),
                            pool.at("/spec/ipipMode").asText("Always")));
        } else if (key.startsWith(PaperNode.PREFIX)) {
            String address = Json.parse(value).at("/spec/bgp/ipv4Address").asText();
            addresses.put(key.substring(PaperNode.PREFIX.length()), address);
        } else if (key.startsWith(Lab.AFFINITIES)) {
            if (Json.parse(value).path("state").asText().equals("confirmed")) {
                String[] words = key.substring(Lab.AFFINITIES.length()).split("/");
                claims.add(words[0] + " " + words[3].replace('-', '/'));
            }
        } else if (key.startsWith(PaperNode.BLOCKS)) {
            JsonNode block = Json.parse(value);
            owners.put(
                    block.path("cidr").asText(), block.path("affinity").asText().replace("host:", ""));
        }
    }

    /** In no order: {@code blackhole PREFIX} or {@code PREFIX via ADDRESS dev DEVICE}. */
    TreeSet<String> routes(LabNode node) {
        TreeSet<String> routes = new TreeSet<>();
        owners.forEach((block, owner) -> {
            if (claims.contains(owner + " " + block)) {
                route(node, block, owner).ifPresent(routes::add);
            }
        });
        return routes;
    }

    private Optional<String> route(LabNode node, String block, String owner) {
        Optional<String> mode = modes.entrySet().stream()
                .filter(pool -> pool.getKey().contains(block.substring(0, block.indexOf('/'))))
                .map(Map.Entry::getValue)
                .findFirst();
        String peer = addresses.get(owner);
        if (mode.isEmpty() || peer == null) {
            return Optional.empty();
        }
        if (owner.equals(node.name)) {
            return Optional.of("blackhole " + block);
        }
        boolean same = Prefix.of(peer).contains(node.address);
        String via = block + " via " + peer.substring(0, peer.indexOf('/')) + " dev ";
        return switch (mode.get()) {
            case "Always" -> Optional.of(via + "culvert0");
            case "CrossSubnet" -> Optional.of(via + (same ? "eth0" : "culvert0"));
            default -> same ? Optional.of(via + "eth0") : Optional.empty();
        };
    }

    /** What the node's kernel has. */
    static TreeSet<String> inKernel(LabNode node) {
        TreeSet<String> routes = new TreeSet<>();
        for (String line :
                node.run("ip", "-4", "route", "show", "proto", "90").lines().toList()) {
            Matcher route = ROUTE.matcher(line);
            if (!route.matches()) {
                throw new AssertionError(node.name + ": " + line);
            }
            routes.add(
                    route.group(1) != null
                            ? "blackhole " + route.group(2)
                            : route.group(2) + " via " + route.group(3) + " dev " + route.group(4));
        }
        return routes;
    }
}
