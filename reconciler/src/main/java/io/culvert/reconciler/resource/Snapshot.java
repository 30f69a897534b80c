package io.culvert.reconciler.resource;

import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.net.PrefixMap;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Everything Culvert knows from etcd at one revision. Pools do not overlap. The collections are unmodifiable, and a snapshot
 * shares with the one before it what has not changed.
 *
 * @param revision etcd's store revision
 * @param pools by name
 * @param nodes by name
 * @param blocks by prefix
 * @param affinities the node and state of each claim, by block
 * @param felix FelixConfigurations by name
 * @param locked whether Calico's ClusterInformation says {@code datastoreReady: false}: somebody is rebuilding the datastore, so
 *     nothing may be done with its contents
 * @param unsupported pools that Culvert reads and ignores, each with the reason
 * @param rejected keys whose values are not in force
 */
public record Snapshot(
        long revision,
        SortedMap<String, IpPool> pools,
        Nodes nodes,
        PrefixMap<Block> blocks,
        Claims affinities,
        Map<String, FelixConfiguration> felix,
        boolean locked,
        Map<String, String> unsupported,
        List<Rejected> rejected) {

    /** From nodes, blocks and claims in any collection. */
    public Snapshot(
            long revision,
            SortedMap<String, IpPool> pools,
            Map<String, Node> nodes,
            Map<Prefix, Block> blocks,
            Collection<Affinity> affinities,
            Map<String, FelixConfiguration> felix,
            boolean locked,
            Map<String, String> unsupported,
            List<Rejected> rejected) {
        this(
                revision,
                pools,
                Nodes.copyOf(nodes),
                PrefixMap.copyOf(blocks),
                Claims.of(affinities),
                felix,
                locked,
                unsupported,
                rejected);
    }

    /** What Calico's FelixConfigurations say for a node: its own before the default. */
    public FelixConfiguration felixFor(String node) {
        FelixConfiguration own = felix.getOrDefault(FelixConfiguration.nameFor(node), FelixConfiguration.NONE);
        return own.before(felix.getOrDefault(FelixConfiguration.DEFAULT, FelixConfiguration.NONE));
    }
}
