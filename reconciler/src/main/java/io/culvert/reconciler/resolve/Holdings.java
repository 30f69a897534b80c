package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.net.PrefixMap;
import io.culvert.reconciler.resolve.Holding.Peer;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Claims;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who holds what at one snapshot, the same for whichever node asks. Sorted by prefix, a block before what was borrowed out of it.
 * Made in one pass over blocks and claims side by side. Immutable.
 */
final class Holdings {

    /** Stands for the place of a pool that there is not. */
    static final int NO_POOL = -1;

    private final Snapshot snapshot;
    private final IpPool[] pools;
    private final Integer[] poolsByPrefix;
    private final Map<String, Peer> peers = new HashMap<>();
    private final SortedSet<Prefix> nodeAddresses = new TreeSet<>();
    private final Guard nodeGuard;
    private final List<Holding> all = new ArrayList<>();

    private Holdings(Snapshot snapshot) {
        this.snapshot = snapshot;
        this.pools = snapshot.pools().values().toArray(IpPool[]::new);
        this.poolsByPrefix = new Integer[pools.length];
        Arrays.setAll(poolsByPrefix, place -> place);
        Arrays.sort(poolsByPrefix, (one, other) -> pools[one].cidr().compareTo(pools[other].cidr()));
        for (Node node : snapshot.nodes().values()) {
            peers.put(node.name(), new Peer(peers.size(), node));
            node.address().ifPresent(address -> nodeAddresses.add(Prefix.host(address.address())));
        }
        this.nodeGuard = new Guard(nodeAddresses.stream().map(Prefix::network).toList());
    }

    static Holdings of(Snapshot snapshot) {
        Holdings holdings = new Holdings(snapshot);
        holdings.collect();
        return holdings;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    /** In the snapshot's order. */
    IpPool[] pools() {
        return pools;
    }

    int peers() {
        return peers.size();
    }

    /** Of all nodes that have one, as /32. */
    SortedSet<Prefix> nodeAddresses() {
        return Collections.unmodifiableSortedSet(nodeAddresses);
    }

    List<Holding> all() {
        return Collections.unmodifiableList(all);
    }

    private void collect() {
        PrefixMap.Walk<Block> blocks = snapshot.blocks().walk();
        PrefixMap.Walk<List<Affinity>> claims = snapshot.affinities().byBlock().walk();
        boolean claimed = claims.advance();
        int pool = 0;
        while (blocks.advance()) {
            Block block = blocks.value();
            while (claimed && claims.key() < blocks.key()) {
                claimed = claims.advance();
            }
            boolean confirmed = claimed && claims.key() == blocks.key() && Claims.confirm(claims.value(), block);
            while (pool < pools.length && isBefore(pools[poolsByPrefix[pool]].cidr(), block.cidr())) {
                pool++;
            }
            boolean inPool =
                    pool < pools.length && pools[poolsByPrefix[pool]].cidr().contains(block.cidr());
            add(block, inPool ? poolsByPrefix[pool] : NO_POOL, confirmed);
        }
    }

    /** Pools do not overlap, so whatever ends before the block begins is done with. */
    private static boolean isBefore(Prefix pool, Prefix block) {
        return Integer.compareUnsigned(pool.last().bits(), block.bits()) < 0;
    }

    private void add(Block block, int pool, boolean confirmed) {
        all.add(holding(block.cidr(), block, pool, block.owner().orElse(null), false, confirmed));
        if (!block.borrowed().isEmpty()) {
            new TreeMap<>(block.borrowed())
                    .forEach((address, holder) ->
                            all.add(holding(Prefix.host(address), block, pool, holder, true, confirmed)));
        }
    }

    private Holding holding(
            Prefix prefix, Block block, int pool, @Nullable String holder, boolean borrowed, boolean confirmed) {
        Peer peer = holder == null ? null : peers.get(holder);
        return new Holding(
                prefix,
                block,
                pool,
                holder,
                peer,
                borrowed,
                confirmed,
                nodeGuard.coveredBy(prefix).orElse(null));
    }
}
