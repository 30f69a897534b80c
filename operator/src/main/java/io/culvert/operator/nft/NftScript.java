package io.culvert.operator.nft;

import io.culvert.reconciler.kernel.PacketFilter.Dropped;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Prefix;
import java.util.SortedSet;
import java.util.stream.Collectors;

/** The table as nft's own language (nft(8)). Pure. */
final class NftScript {

    static final String DELETE = "add table ip culvert\ndelete table ip culvert\n";

    private NftScript() {}

    /**
     * Replaces the whole table, in one transaction.
     *
     * @param tunnelDevice its name, as {@code iifname} compares it
     * @param dropped the start of the counters of dropped packets
     */
    static String replace(Ruleset ruleset, String tunnelDevice, Dropped dropped) {
        return DELETE
                + "table ip culvert {\n"
                + set("pools", ruleset.pools())
                + set("nat_pools", ruleset.natPools())
                + set("tunnel_sources", ruleset.tunnelSources())
                // Before connection tracking, whose priority is -200: what is dropped takes no entry there.
                + """
                	chain prerouting {
                		type filter hook prerouting priority -300; policy accept;
                """
                + (ruleset.tunnelFiltered()
                        ? "\t\tiifname \"" + tunnelDevice + "\" ip saddr != @pools " + drop(dropped.forged())
                                + forgedThroughOthers(ruleset)
                        : "")
                + """
                	}
                	chain postrouting {
                		type nat hook postrouting priority 100; policy accept;
                """
                + "\t\tip saddr @nat_pools ip daddr != @pools "
                + (ruleset.sourcesExempt() ? "ip daddr != @tunnel_sources " : "")
                + "masquerade\n"
                + (ruleset.tunnelFiltered() ? masqueradeIntoTunnel(tunnelDevice) : "")
                + """
                	}
                	chain input {
                		type filter hook input priority 0; policy accept;
                """
                // By number: nft reads "ipip" as protocol 94.
                + (ruleset.tunnelFiltered()
                        ? "\t\tip protocol 4 ip saddr != @tunnel_sources " + drop(dropped.strangers())
                        : "")
                + "\t}\n}\n";
    }

    /**
     * The node's own sources but the tunnel's, such as the one that was chosen before a service's address was translated. Peers
     * drop them, and would answer past the tunnel.
     */
    private static String masqueradeIntoTunnel(String tunnelDevice) {
        return "\t\toifname \"" + tunnelDevice + "\" fib saddr type local fib saddr . oif type != local masquerade\n";
    }

    /** A foreign tunnel may carry packets of its own, so only those to a pool are checked. */
    private static String forgedThroughOthers(Ruleset ruleset) {
        return ruleset.otherTunnels().stream()
                .map(name -> "\t\tiifname \"" + name + "\" ip daddr @pools ip saddr != @pools " + drop(0))
                .collect(Collectors.joining());
    }

    private static String drop(long packetsSoFar) {
        return "counter packets " + packetsSoFar + " bytes 0 drop\n";
    }

    private static String set(String name, SortedSet<Prefix> elements) {
        String list = elements.isEmpty()
                ? ""
                : elements.stream().map(Prefix::toString).collect(Collectors.joining(", ", " elements = { ", " };"));
        return "\tset " + name + " { type ipv4_addr; flags interval;" + list + " }\n";
    }
}
