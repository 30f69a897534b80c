package io.culvert.reconciler.resource;

import io.culvert.reconciler.net.Prefix;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Everything Culvert knows from etcd at one revision. Pools do not overlap one another. The collections are unmodifiable.
 *
 * @param revision etcd's store revision
 * @param pools by name
 * @param nodes by name
 * @param blocks by prefix
 * @param affinities the node and state of each claim, by block
 * @param unsupported pools that are read and left alone, each with the reason
 * @param rejected keys that are not in force as they stand
 */
public record Snapshot(
        long revision,
        SortedMap<String, IpPool> pools,
        Map<String, Node> nodes,
        Map<Prefix, Block> blocks,
        Collection<Affinity> affinities,
        Map<String, String> unsupported,
        List<Rejected> rejected) {}
