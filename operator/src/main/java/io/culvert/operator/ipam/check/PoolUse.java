package io.culvert.operator.ipam.check;

import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.IpPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How full a pool is.
 *
 * @param pool empty for the blocks that lie in none
 * @param total how many addresses there are
 * @param used how many of them are taken
 * @param blocks how many blocks there are
 * @param nodes its blocks by owner
 */
public record PoolUse(Optional<IpPool> pool, long total, long used, int blocks, List<NodeUse> nodes) {

    public PoolUse {
        nodes = List.copyOf(nodes);
    }

    /**
     * How full a node's blocks of a pool are, whoever holds the addresses.
     *
     * @param node empty for the blocks that belong to no node
     * @param borrowed how many addresses the node holds in other blocks of the pool
     */
    public record NodeUse(Optional<String> node, long total, long used, int blocks, int borrowed) {}

    /** Every pool by name, and behind them what lies in none, if anything does. Pure. */
    public static List<PoolUse> of(IpamPicture picture) {
        SortedMap<String, List<IpamBlock>> blocks = new TreeMap<>();
        List<IpamBlock> outside = new ArrayList<>();
        picture.pools().keySet().forEach(pool -> blocks.put(pool, new ArrayList<>()));
        for (IpamBlock block : picture.blocks().values()) {
            picture.poolOf(block.cidr())
                    .map(pool -> blocks.getOrDefault(pool.name(), outside))
                    .orElse(outside)
                    .add(block);
        }
        Stream<PoolUse> inside = picture.pools().values().stream()
                .map(pool -> of(Optional.of(pool), pool.cidr().size(), blocks.getOrDefault(pool.name(), List.of())));
        Stream<PoolUse> rest =
                outside.isEmpty() ? Stream.empty() : Stream.of(of(Optional.empty(), sizeOf(outside), outside));
        return Stream.concat(inside, rest).toList();
    }

    private static long sizeOf(List<IpamBlock> blocks) {
        return blocks.stream().map(IpamBlock::cidr).mapToLong(Prefix::size).sum();
    }

    private static long usedOf(List<IpamBlock> blocks) {
        return blocks.stream().mapToLong(IpamBlock::used).sum();
    }

    private static PoolUse of(Optional<IpPool> pool, long total, List<IpamBlock> blocks) {
        SortedMap<String, List<IpamBlock>> owned = new TreeMap<>();
        SortedMap<String, Integer> borrowed = new TreeMap<>();
        for (IpamBlock block : blocks) {
            owned.computeIfAbsent(block.owner().orElse(""), first -> new ArrayList<>())
                    .add(block);
            block.allocations().stream()
                    .filter(block::isBorrowed)
                    .flatMap(allocation -> allocation.node().stream())
                    .forEach(node -> borrowed.merge(node, 1, Integer::sum));
        }
        borrowed.keySet().forEach(node -> owned.putIfAbsent(node, List.of()));
        List<NodeUse> nodes = new ArrayList<>();
        owned.forEach((node, own) -> nodes.add(new NodeUse(
                Optional.of(node).filter(name -> !name.isEmpty()),
                sizeOf(own),
                usedOf(own),
                own.size(),
                borrowed.getOrDefault(node, 0))));
        return new PoolUse(pool, total, usedOf(blocks), blocks.size(), nodes);
    }
}
