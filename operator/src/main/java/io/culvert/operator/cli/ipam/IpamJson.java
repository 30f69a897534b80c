package io.culvert.operator.cli.ipam;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Allocation;
import io.culvert.operator.calico.store.IpamConfig;
import io.culvert.operator.cli.terminal.JsonOutput;
import io.culvert.operator.ipam.check.Finding;
import io.culvert.operator.ipam.check.IpamBlock;
import io.culvert.operator.ipam.check.IpamPicture;
import io.culvert.operator.ipam.check.PoolUse;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.resource.IpPool;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** IPAM for a program. Absent values are null. */
final class IpamJson {

    private IpamJson() {}

    /** A new document about IPAM at a revision of etcd. */
    static ObjectNode document(long revision) {
        return JsonOutput.object().put("revision", revision);
    }

    static void addPools(ObjectNode root, IpamPicture picture) {
        ArrayNode pools = root.putArray("pools");
        for (PoolUse use : PoolUse.of(picture)) {
            ObjectNode pool = pools.addObject();
            pool.put("name", use.pool().map(IpPool::name).orElse(null));
            pool.put("cidr", use.pool().map(found -> found.cidr().toString()).orElse(null));
            pool.put("blocks", use.blocks()).put("used", use.used()).put("total", use.total());
            ArrayNode nodes = pool.putArray("nodes");
            for (PoolUse.NodeUse node : use.nodes()) {
                nodes.addObject()
                        .put("node", node.node().orElse(null))
                        .put("blocks", node.blocks())
                        .put("used", node.used())
                        .put("total", node.total())
                        .put("borrowed", node.borrowed());
            }
        }
    }

    static void addBlocks(ObjectNode root, IpamPicture picture) {
        ArrayNode blocks = root.putArray("blocks");
        for (IpamBlock block : picture.blocks().values()) {
            blocks.addObject()
                    .put("cidr", block.cidr().toString())
                    .put("pool", poolOf(picture, block).orElse(null))
                    .put("owner", block.owner().orElse(null))
                    .put("used", block.used())
                    .put("total", block.cidr().size());
        }
    }

    private static Optional<String> poolOf(IpamPicture picture, IpamBlock block) {
        return picture.poolOf(block.cidr()).map(IpPool::name);
    }

    static void addBorrowed(ObjectNode root, IpamPicture picture) {
        ArrayNode borrowed = root.putArray("borrowed");
        for (IpamBlock block : picture.blocks().values()) {
            block.allocations().stream()
                    .filter(block::isBorrowed)
                    .forEach(allocation -> borrowed.addObject()
                            .put("ip", allocation.address().toString())
                            .put("node", allocation.node().orElse(null))
                            .put("block", block.cidr().toString())
                            .put("blockOwner", block.owner().orElse(null))
                            .put("type", allocation.type())
                            .put("allocatedTo", allocation.holder()));
        }
    }

    static void addConfiguration(ObjectNode root, IpamConfig config) {
        root.putObject("configuration")
                .put("strict_affinity", config.strictAffinity())
                .put("auto_allocate_blocks", config.autoAllocateBlocks())
                .put("maxBlocksPerHost", config.maxBlocksPerHost());
    }

    static void addAddress(ObjectNode root, IpamPicture picture, Address address) {
        ObjectNode json = root.putObject("address");
        Optional<IpamBlock> block = picture.blockOf(address);
        @Nullable Allocation holder = picture.holderOf(address).orElse(null);
        json.put("ip", address.toString()).put("inUse", holder != null);
        json.put("block", block.map(found -> found.cidr().toString()).orElse(null));
        json.put("blockOwner", block.flatMap(IpamBlock::owner).orElse(null));
        json.put("pool", block.flatMap(found -> poolOf(picture, found)).orElse(null));
        if (holder != null) {
            json.put("handle", holder.handle().orElse(null)).put("coolingDown", holder.coolingDown());
            ObjectNode attributes = json.putObject("attributes");
            new TreeMap<>(holder.attributes()).forEach(attributes::put);
        }
    }

    static void addFindings(ObjectNode root, List<Finding> findings) {
        ArrayNode list = root.putArray("findings");
        for (Finding finding : findings) {
            list.addObject()
                    .put("rule", finding.rule().toString())
                    .put("key", finding.key())
                    .put("what", finding.what())
                    .put("advice", finding.advice());
        }
    }
}
