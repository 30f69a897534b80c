package io.culvert.reconciler.firewall;

import io.culvert.reconciler.firewall.Match.Range;
import io.culvert.reconciler.firewall.Table.Hook;
import io.culvert.reconciler.firewall.Table.Tool;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Names each chain of others that drops our packets, and the command that lets them pass. Pure. */
public final class FirewallWarnings {

    private final FirewallState state;
    private final Node node;
    private final List<String> warnings = new ArrayList<>();

    private FirewallWarnings(FirewallState state, Node node) {
        this.state = state;
        this.node = node;
    }

    /**
     * What of the node decides which packets come and go.
     *
     * @param tunnel our device; empty while no pool needs one
     * @param underlay the device that carries the node's address
     */
    public record Node(Address address, Optional<String> tunnel, Optional<String> underlay) {

        /** The device that workloads' packets to and from peers take. */
        Optional<String> way() {
            return tunnel.or(() -> underlay);
        }
    }

    /** One warning per chain and kind of packets, and one for what could not be read. */
    public static List<String> of(Ruleset ruleset, Node node, FirewallState state) {
        FirewallWarnings found = new FirewallWarnings(state, node);
        found.pools(ruleset);
        if (node.tunnel().isPresent()) {
            found.tunnel(ruleset);
        }
        found.warnings.addAll(state.unread());
        return found.warnings;
    }

    /** Workloads' packets, which this node forwards. */
    private void pools(Ruleset ruleset) {
        for (Table table : state.tables()) {
            table.chains()
                    .forEach((name, chain) -> chain.hook().ifPresent(hook -> {
                        List<Prefix> closed = ruleset.pools().stream()
                                .filter(pool -> forwarded(pool, hook).stream()
                                        .anyMatch(packets -> Passage.isClosed(table, name, packets)))
                                .toList();
                        if (!closed.isEmpty()) {
                            warnings.add(what(table, name) + " drops the traffic of pool"
                                    + (closed.size() == 1 ? " " : "s ")
                                    + closed.stream().map(Prefix::toString).collect(Collectors.joining(", "))
                                    + "; accept it: "
                                    + poolCure(table, name, closed));
                        }
                    }));
        }
    }

    private List<Packets> forwarded(Prefix pool, Hook hook) {
        List<Range> both = List.of(Range.of(pool));
        Packets arriving = new Packets(both, both, node.way(), Optional.empty(), Packets.TCP);
        Packets leaving = new Packets(both, both, Optional.empty(), node.way(), Packets.TCP);
        return switch (hook) {
            case PREROUTING -> List.of(arriving);
            case FORWARD -> List.of(arriving, leaving);
            case POSTROUTING -> List.of(leaving);
            case INPUT, OUTPUT -> List.of();
        };
    }

    /** The tunnel's own packets, which begin and end at this node. */
    private void tunnel(Ruleset ruleset) {
        List<Range> own = List.of(Range.of(Prefix.host(node.address())));
        List<Range> peers = ruleset.tunnelSources().stream()
                .filter(source -> !source.equals(Prefix.host(node.address())))
                .map(Range::of)
                .toList();
        if (peers.isEmpty()) {
            return;
        }
        Packets arriving = new Packets(peers, own, node.underlay(), Optional.empty(), Packets.IPIP);
        Packets leaving = new Packets(own, peers, Optional.empty(), node.underlay(), Packets.IPIP);
        for (Table table : state.tables()) {
            table.chains()
                    .forEach((name, chain) -> chain.hook().ifPresent(hook -> {
                        boolean out = hook == Hook.OUTPUT || hook == Hook.POSTROUTING;
                        if (hook != Hook.FORWARD && Passage.isClosed(table, name, out ? leaving : arriving)) {
                            String drops = out
                                    ? " drops protocol 4 (IP-in-IP) to the peers, so the tunnel sends nothing"
                                    : " drops protocol 4 (IP-in-IP) from the peers, so the tunnel receives nothing";
                            warnings.add(what(table, name) + drops + "; accept it: " + tunnelCure(table, name));
                        }
                    }));
        }
    }

    private static String what(Table table, String chain) {
        return switch (table.tool()) {
            case NFT, FIREWALLD -> "nftables table " + table.name() + ", chain " + chain + ",";
            case IPTABLES -> "iptables table " + table.name() + ", chain " + chain + ",";
            case IPTABLES_LEGACY -> "iptables-legacy table " + table.name() + ", chain " + chain + ",";
        };
    }

    private static String poolCure(Table table, String chain, List<Prefix> pools) {
        return switch (table.tool()) {
            case NFT ->
                pools.stream()
                        .map(pool -> insert(table, chain, "ip saddr " + pool) + "; "
                                + insert(table, chain, "ip daddr " + pool))
                        .collect(Collectors.joining("; "));
            case FIREWALLD ->
                pools.stream()
                        .map(pool -> "firewall-cmd --permanent --zone=trusted --add-source=" + pool)
                        .collect(Collectors.joining("; ", "", "; firewall-cmd --reload"));
            case IPTABLES, IPTABLES_LEGACY ->
                pools.stream()
                        .map(pool -> iptables(table, chain, "-s " + pool) + "; " + iptables(table, chain, "-d " + pool))
                        .collect(Collectors.joining("; "));
        };
    }

    private static String tunnelCure(Table table, String chain) {
        return switch (table.tool()) {
            case NFT -> insert(table, chain, "ip protocol 4");
            case FIREWALLD -> "firewall-cmd --permanent --add-protocol=ipencap; firewall-cmd --reload";
            case IPTABLES, IPTABLES_LEGACY -> iptables(table, chain, "-p 4");
        };
    }

    private static String insert(Table table, String chain, String match) {
        return "nft insert rule " + table.name() + " " + chain + " " + match + " accept";
    }

    private static String iptables(Table table, String chain, String match) {
        return (table.tool() == Tool.IPTABLES_LEGACY ? "iptables-legacy" : "iptables")
                + (table.name().equals("filter") ? "" : " -t " + table.name().toLowerCase(Locale.ROOT)) + " -I " + chain
                + " " + match + " -j ACCEPT";
    }
}
