package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Prefix;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The contents of table {@code ip culvert}.
 *
 * @param pools every pool: traffic to these is never masqueraded
 * @param natPools sources that are masqueraded on the way to anywhere else
 * @param tunnelSources who may send us protocol 4 (RFC 2003)
 * @param sourcesExempt whether traffic to {@code tunnelSources} is not masqueraded either
 * @param tunnelFiltered whether protocol 4 from other sources is dropped and counted, and packets out of the tunnel with a
 *     source in no pool, and the node's other addresses are masqueraded on the way into it; false while this node has no tunnel
 *     device, so that a foreign tunnel is left alone
 * @param otherTunnels names of foreign ipip devices that receive tunnel packets of ours: what comes out of them to a pool with a
 *     source in no pool is dropped too
 */
public record Ruleset(
        SortedSet<Prefix> pools,
        SortedSet<Prefix> natPools,
        SortedSet<Prefix> tunnelSources,
        boolean sourcesExempt,
        boolean tunnelFiltered,
        SortedSet<String> otherTunnels) {

    public Ruleset {
        pools = copy(pools);
        natPools = copy(natPools);
        tunnelSources = copy(tunnelSources);
        otherTunnels = copy(otherTunnels);
    }

    /** The same with or without the filter. */
    public Ruleset withTunnelFiltered(boolean filtered) {
        return new Ruleset(pools, natPools, tunnelSources, sourcesExempt, filtered, otherTunnels);
    }

    /** The same with these other tunnels. */
    public Ruleset withOtherTunnels(SortedSet<String> names) {
        return names.equals(otherTunnels)
                ? this
                : new Ruleset(pools, natPools, tunnelSources, sourcesExempt, tunnelFiltered, names);
    }

    private static <T extends Comparable<T>> SortedSet<T> copy(Collection<T> elements) {
        return Collections.unmodifiableSortedSet(new TreeSet<>(elements));
    }
}
