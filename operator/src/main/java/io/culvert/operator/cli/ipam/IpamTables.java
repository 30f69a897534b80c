package io.culvert.operator.cli.ipam;

import io.culvert.operator.calico.store.Allocation;
import io.culvert.operator.calico.store.IpamConfig;
import io.culvert.operator.cli.terminal.Bar;
import io.culvert.operator.cli.terminal.Table;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.ipam.check.IpamBlock;
import io.culvert.operator.ipam.check.IpamPicture;
import io.culvert.operator.ipam.check.PoolUse;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.resource.IpPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** IPAM for a reader. */
record IpamTables(IpamPicture picture, Terminal terminal) {

    /** Pools, and the nodes' part of each. */
    List<String> pools() {
        List<PoolUse> uses = PoolUse.of(picture);
        if (uses.isEmpty()) {
            return List.of("no pools; 'culvert apply -f FILE' creates one");
        }
        Table pools = new Table("POOL", "CIDR", "BLOCKS", "USED", "TOTAL", "USE");
        Table nodes = new Table("POOL", "NODE", "BLOCKS", "USED", "TOTAL", "BORROWED", "USE");
        for (PoolUse use : uses) {
            String name = use.pool().map(IpPool::name).orElse("-");
            pools.row(
                    name,
                    use.pool().map(pool -> pool.cidr().toString()).orElse("-"),
                    Integer.toString(use.blocks()),
                    Long.toString(use.used()),
                    Long.toString(use.total()),
                    share(use.used(), use.total()));
            for (PoolUse.NodeUse node : use.nodes()) {
                nodes.row(
                        name,
                        node.node().orElse("-"),
                        Integer.toString(node.blocks()),
                        Long.toString(node.used()),
                        Long.toString(node.total()),
                        Integer.toString(node.borrowed()),
                        share(node.used(), node.total()));
            }
        }
        List<String> lines = new ArrayList<>(pools.lines(true));
        if (uses.stream().anyMatch(use -> !use.nodes().isEmpty())) {
            lines.add("");
            lines.addAll(nodes.lines(true));
        }
        return lines;
    }

    private String share(long part, long whole) {
        return terminal.colours() ? Bar.drawn(part, whole) : Bar.percentage(part, whole);
    }

    /** Blocks by prefix. */
    List<String> blocks() {
        Table table = new Table("BLOCK", "POOL", "OWNER", "USED", "TOTAL", "USE");
        for (IpamBlock block : picture.blocks().values()) {
            table.row(
                    block.cidr().toString(),
                    pool(block),
                    owner(block),
                    Integer.toString(block.used()),
                    Long.toString(block.cidr().size()),
                    share(block.used(), block.cidr().size()));
        }
        return table.lines(true);
    }

    private String pool(IpamBlock block) {
        return picture.poolOf(block.cidr()).map(IpPool::name).orElse("-");
    }

    private static String owner(IpamBlock block) {
        return block.owner().or(block::affinity).orElse("-");
    }

    /** Addresses that others than the block's owner hold, with the headings of {@code calicoctl ipam show --show-borrowed}. */
    List<String> borrowed() {
        Table table = new Table("IP", "BORROWING-NODE", "BLOCK", "BLOCK OWNER", "TYPE", "ALLOCATED-TO");
        for (IpamBlock block : picture.blocks().values()) {
            block.allocations().stream()
                    .filter(block::isBorrowed)
                    .forEach(allocation -> table.row(
                            allocation.address().toString(),
                            allocation.node().orElse("-"),
                            block.cidr().toString(),
                            owner(block),
                            allocation.type(),
                            allocation.holder()));
        }
        return table.lines(true);
    }

    /** The settings in force. */
    List<String> configuration() {
        IpamConfig config = picture.config();
        Table table = new Table("PROPERTY", "VALUE");
        table.row("strict_affinity", Boolean.toString(config.strictAffinity()));
        table.row("auto_allocate_blocks", Boolean.toString(config.autoAllocateBlocks()));
        table.row(
                "maxBlocksPerHost",
                config.maxBlocksPerHost() == 0 ? "0 (no limit)" : Integer.toString(config.maxBlocksPerHost()));
        return table.lines(true);
    }

    /** Everything about one address. */
    List<String> holderOf(Address address) {
        List<String> lines = new ArrayList<>();
        Optional<Allocation> holder = picture.holderOf(address);
        lines.add(address + (holder.isPresent() ? " is in use" : " is not in use"));
        Optional<IpamBlock> block = picture.blockOf(address);
        Optional<String> pool = picture.pools().values().stream()
                .filter(candidate -> candidate.cidr().contains(address))
                .map(IpPool::name)
                .findFirst();
        lines.add("pool: " + pool.orElse("none"));
        lines.add("block: "
                + block.map(found -> found.cidr() + ", owner " + owner(found)).orElse("none"));
        if (holder.isPresent()) {
            lines.add("handle: " + holder.get().handle().orElse("none"));
            if (holder.get().coolingDown()) {
                lines.add("released, and cooling down before it is free again");
            }
            new TreeMap<>(holder.get().attributes()).forEach((name, value) -> lines.add(name + ": " + value));
        }
        return lines;
    }
}
