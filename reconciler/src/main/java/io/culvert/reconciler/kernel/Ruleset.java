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
 */
public record Ruleset(
        SortedSet<Prefix> pools,
        SortedSet<Prefix> natPools,
        SortedSet<Prefix> tunnelSources,
        boolean sourcesExempt,
        boolean tunnelFiltered) {

    public Ruleset {
        pools = copy(pools);
        natPools = copy(natPools);
        tunnelSources = copy(tunnelSources);
    }

    /** The same with or without the filter. */
    public Ruleset withTunnelFiltered(boolean filtered) {
        return new Ruleset(pools, natPools, tunnelSources, sourcesExempt, filtered);
    }

    private static SortedSet<Prefix> copy(Collection<Prefix> prefixes) {
        return Collections.unmodifiableSortedSet(new TreeSet<>(prefixes));
    }
}
