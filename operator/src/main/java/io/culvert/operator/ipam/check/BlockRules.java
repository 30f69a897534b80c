package io.culvert.operator.ipam.check;

import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.IpPool;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Where blocks lie, and that those who are named in them exist. */
final class BlockRules {

    private final IpamPicture picture;
    private final Consumer<Finding> findings;

    private BlockRules(IpamPicture picture, Consumer<Finding> findings) {
        this.picture = picture;
        this.findings = findings;
    }

    static void check(IpamPicture picture, Consumer<Finding> findings) {
        BlockRules rules = new BlockRules(picture, findings);
        rules.overlaps();
        picture.blocks().values().forEach(rules::place);
        picture.blocks().values().forEach(rules::nodes);
    }

    /** Blocks come sorted, a prefix before those it contains, so the one that contains another is still open. */
    private void overlaps() {
        Deque<Prefix> open = new ArrayDeque<>();
        for (IpamBlock block : picture.blocks().values()) {
            while (!open.isEmpty() && !open.getLast().contains(block.cidr())) {
                open.removeLast();
            }
            if (!open.isEmpty()) {
                findings.accept(new Finding(
                        Rule.OVERLAPPING_BLOCKS,
                        block.key(),
                        "block " + block.cidr() + " lies inside block " + open.getLast()
                                + ", so the same address can be taken twice",
                        "release one of the two and delete its key"));
            }
            open.addLast(block.cidr());
        }
    }

    private void place(IpamBlock block) {
        Optional<IpPool> pool = picture.poolOf(block.cidr());
        if (pool.isEmpty()) {
            findings.accept(new Finding(
                    Rule.BLOCK_OUTSIDE_POOLS,
                    block.key(),
                    "block " + block.cidr() + " lies in no pool, and " + block.used() + " of its addresses are taken",
                    "it is not routed: release its addresses, or create a pool around it"));
        } else if (pool.get().blockSize() != block.cidr().length()) {
            findings.accept(new Finding(
                    Rule.BLOCK_SIZE,
                    block.key(),
                    "block " + block.cidr() + " is a /" + block.cidr().length() + ", and blocks of pool "
                            + pool.get().name() + " are /" + pool.get().blockSize(),
                    "it is routed all the same; release it when its addresses are free"));
        }
    }

    /** One finding for each block and node that does not exist. */
    private void nodes(IpamBlock block) {
        Map<String, Integer> held = new TreeMap<>();
        block.owner().filter(this::isUnknown).ifPresent(owner -> held.put(owner, 0));
        block.allocations()
                .forEach(allocation ->
                        allocation.node().filter(this::isUnknown).ifPresent(node -> held.merge(node, 1, Integer::sum)));
        held.forEach((node, count) -> findings.accept(new Finding(
                Rule.UNKNOWN_NODE,
                block.key(),
                (block.owner().equals(Optional.of(node)) ? "belongs to node " : "is not that of node ") + node
                        + ", which does not exist and holds " + count + " of its addresses",
                "'culvert delete node " + node + "' releases all it holds")));
    }

    private boolean isUnknown(String node) {
        return !picture.nodes().containsKey(node);
    }
}
