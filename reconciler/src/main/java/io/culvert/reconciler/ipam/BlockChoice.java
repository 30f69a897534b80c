package io.culvert.reconciler.ipam;

import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Affinity.State;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Which blocks a node should claim. */
public final class BlockChoice {

    private BlockChoice() {}

    /** The blocks that the node owns: it has a confirmed claim, and the block says the same. */
    public static List<Block> ownedBy(String node, Snapshot snapshot) {
        return snapshot.affinities().stream()
                .filter(claim -> claim.node().equals(node) && claim.state() == State.CONFIRMED)
                .map(claim -> Optional.ofNullable(snapshot.blocks().get(claim.block())))
                .flatMap(Optional::stream)
                .filter(block -> block.owner().equals(Optional.of(node)))
                .toList();
    }

    /** The pools that offer blocks to the node and of which it owns none, by name. */
    public static List<IpPool> lacking(Node node, Snapshot snapshot) {
        List<Block> owned = ownedBy(node.name(), snapshot);
        return snapshot.pools().values().stream()
                .filter(pool -> pool.offersBlocksTo(node))
                .filter(pool -> owned.stream().noneMatch(block -> pool.cidr().contains(block.cidr())))
                .toList();
    }

    /**
     * The blocks of a pool that a node may try to claim: first those it started to claim or owns without a confirmed claim, then
     * all free ones. The free ones start at a place that depends on pool and node, so that nodes that claim at the same time
     * seldom collide. Lazy: a large pool costs nothing until it is nearly full.
     */
    public static Stream<Prefix> candidates(String node, IpPool pool, Snapshot snapshot) {
        Set<Prefix> started = started(node, pool, snapshot);
        Set<Prefix> claimed = snapshot.affinities().stream()
                .map(Affinity::block)
                .filter(pool.cidr()::contains)
                .collect(Collectors.toSet());
        List<Prefix> otherSizes = snapshot.blocks().keySet().stream()
                .filter(block -> block.length() != pool.blockSize() && block.overlaps(pool.cidr()))
                .toList();
        Stream<Prefix> free = inRow(node, pool)
                .filter(block -> !started.contains(block))
                .filter(block -> !snapshot.blocks().containsKey(block) && !claimed.contains(block))
                .filter(block -> otherSizes.stream().noneMatch(block::overlaps));
        return Stream.concat(started.stream().sorted(), free);
    }

    private static Set<Prefix> started(String node, IpPool pool, Snapshot snapshot) {
        Stream<Prefix> announced = snapshot.affinities().stream()
                .filter(claim -> claim.node().equals(node))
                .map(Affinity::block);
        Stream<Prefix> owned = snapshot.blocks().values().stream()
                .filter(block -> block.owner().equals(Optional.of(node)))
                .map(Block::cidr);
        return Stream.concat(announced, owned).filter(pool.cidr()::contains).collect(Collectors.toSet());
    }

    /** Every block of the pool once. */
    static Stream<Prefix> inRow(String node, IpPool pool) {
        int bits = pool.blockSize() - pool.cidr().length();
        if (bits < 0) {
            return Stream.empty();
        }
        long count = 1L << bits;
        long start = Integer.toUnsignedLong((pool.cidr() + " " + node).hashCode() * 0x9e3779b9) % count;
        return LongStream.range(0, count).mapToObj(i -> nth(pool, (start + i) % count));
    }

    private static Prefix nth(IpPool pool, long index) {
        return new Prefix((int) (pool.cidr().bits() + (index << (32 - pool.blockSize()))), pool.blockSize());
    }
}
