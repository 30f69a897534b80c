package io.culvert.operator.ipam.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.calico.JsonDocument;
import io.culvert.operator.calico.NodeCodec;
import io.culvert.operator.calico.store.AffinityCodec;
import io.culvert.operator.calico.store.Allocation;
import io.culvert.operator.calico.store.IpamConfig;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * IPAM as stored, from keys and values in any order. Values are read once and not kept; the faults of each by itself are
 * noted. Keys that are not about IPv4 are skipped. Not for more than one thread.
 */
public final class IpamPicture {

    private static final String IPV4_BLOCK = "/ipv4/block/";

    private final SortedMap<String, IpPool> pools = new TreeMap<>();
    private final SortedMap<String, Node> nodes = new TreeMap<>();
    private final SortedMap<Prefix, IpamBlock> blocks = new TreeMap<>();
    private final SortedMap<Prefix, String> unreadable = new TreeMap<>();
    private final List<Claim> claims = new ArrayList<>();
    private final SortedMap<String, Handle> handles = new TreeMap<>();
    private final List<Finding> faults = new ArrayList<>();
    private IpamConfig config = IpamConfig.DEFAULT;

    /** Adds a key and its value. */
    public void put(Stored stored) {
        String key = stored.key();
        if (key.startsWith(Keys.BLOCKS)) {
            putBlock(stored);
        } else if (key.startsWith(Keys.HOSTS)) {
            putClaim(stored);
        } else if (key.startsWith(Keys.HANDLES)) {
            tree(stored).ifPresent(tree -> putHandle(key, tree));
        } else if (key.startsWith(Keys.POOLS)) {
            decoded(key, IpPoolCodec.decode(stored.value())).ifPresent(pool -> pools.put(pool.name(), pool));
        } else if (key.startsWith(Keys.NODES)) {
            decoded(key, NodeCodec.decode(stored.value())).ifPresent(node -> nodes.put(node.name(), node));
        } else if (key.equals(Keys.IPAM_CONFIG)) {
            tree(stored).ifPresent(this::putConfig);
        }
    }

    private void putBlock(Stored stored) {
        Optional<Prefix> cidr = Keys.blockOf(stored.key());
        if (cidr.isEmpty()) {
            malformedKey(stored.key());
            return;
        }
        Optional<IpamBlock> block =
                tree(stored).flatMap(tree -> BlockValueRules.read(stored.key(), cidr.get(), tree, faults::add));
        block.ifPresentOrElse(read -> blocks.put(cidr.get(), read), () -> unreadable.put(cidr.get(), stored.key()));
    }

    private void putClaim(Stored stored) {
        Optional<Keys.AffinityKey> key = Keys.affinityOf(stored.key());
        if (key.isPresent()) {
            decoded(stored.key(), AffinityCodec.decode(key.get(), stored.value()))
                    .ifPresent(affinity -> claims.add(new Claim(stored.key(), affinity)));
        } else if (stored.key().contains(IPV4_BLOCK)) {
            malformedKey(stored.key());
        }
    }

    private void malformedKey(String key) {
        faults.add(new Finding(
                Rule.MALFORMED_KEY,
                key,
                "the key must end in a prefix without host bits, such as 192.168.0.0-26",
                "no client finds this key: delete it"));
    }

    private void putHandle(String key, ObjectNode tree) {
        Map<Prefix, Integer> counts = new HashMap<>();
        boolean elsewhere = false;
        for (Map.Entry<String, JsonNode> count : tree.path("block").properties()) {
            Optional<Prefix> block = prefix(count.getKey());
            if (block.isEmpty() && count.getKey().indexOf(':') >= 0) {
                elsewhere = true;
            } else if (block.isEmpty() || !count.getValue().canConvertToInt()) {
                malformed(
                        key,
                        "block[\"" + count.getKey() + "\"] is " + count.getValue()
                                + ", and must count the addresses of a block such as 192.168.0.0/26");
            } else {
                counts.put(block.get(), count.getValue().intValue());
            }
        }
        String id = key.substring(Keys.HANDLES.length());
        handles.put(id, new Handle(key, id, counts, elsewhere));
    }

    private static Optional<Prefix> prefix(String text) {
        try {
            return Optional.of(Prefix.parse(text));
        } catch (IllegalArgumentException other) {
            return Optional.empty();
        }
    }

    private void putConfig(ObjectNode tree) {
        config = IpamConfig.of(tree);
        if (!config.strictAffinity() && !config.autoAllocateBlocks()) {
            contradiction("strict_affinity and auto_allocate_blocks are both false: nodes without a block can only"
                    + " borrow");
        }
        if (config.maxBlocksPerHost() > 0 && !config.strictAffinity()) {
            contradiction("maxBlocksPerHost is " + config.maxBlocksPerHost()
                    + " while strict_affinity is false: nodes would borrow instead");
        }
        if (config.maxBlocksPerHost() < 0) {
            contradiction("maxBlocksPerHost is " + config.maxBlocksPerHost() + ", and must be 0 (no limit) or more");
        }
    }

    private void contradiction(String what) {
        faults.add(new Finding(
                Rule.IPAM_CONFIGURATION, Keys.IPAM_CONFIG, what, "correct it with 'calicoctl ipam configure'"));
    }

    private Optional<ObjectNode> tree(Stored stored) {
        try {
            JsonNode tree = JsonDocument.tree(stored.value());
            if (tree instanceof ObjectNode object) {
                return Optional.of(object);
            }
            malformed(stored.key(), "the value is not a JSON object");
        } catch (JsonProcessingException broken) {
            malformed(stored.key(), "the value is not JSON: " + broken.getOriginalMessage());
        }
        return Optional.empty();
    }

    private <T> Optional<T> decoded(String key, Decoded<T> decoded) {
        if (decoded instanceof Decoded.Invalid<T> invalid) {
            malformed(key, invalid.faults().stream().map(Fault::toString).collect(Collectors.joining("; ")));
        }
        return decoded instanceof Decoded.Valid<T> valid ? Optional.of(valid.value()) : Optional.empty();
    }

    private void malformed(String key, String what) {
        faults.add(new Finding(Rule.MALFORMED_VALUE, key, what, "put a correct value or delete the key"));
    }

    /** By name. Pools that overlap are all there. */
    public SortedMap<String, IpPool> pools() {
        return Collections.unmodifiableSortedMap(pools);
    }

    /** By name. */
    public SortedMap<String, Node> nodes() {
        return Collections.unmodifiableSortedMap(nodes);
    }

    /** By prefix, without those that cannot be read. */
    public SortedMap<Prefix, IpamBlock> blocks() {
        return Collections.unmodifiableSortedMap(blocks);
    }

    public IpamConfig config() {
        return config;
    }

    List<Claim> claims() {
        return claims;
    }

    SortedMap<String, Handle> handles() {
        return handles;
    }

    /** What is wrong with single values. */
    List<Finding> faults() {
        return faults;
    }

    /** Whether the block is there but cannot be read, so that nothing is known of it. */
    boolean isUnreadable(Prefix block) {
        return unreadable.containsKey(block);
    }

    /** The pool that a block lies in. */
    public Optional<IpPool> poolOf(Prefix block) {
        return pools.values().stream()
                .filter(pool -> pool.cidr().contains(block))
                .findFirst();
    }

    /** The smallest block that the address lies in. */
    public Optional<IpamBlock> blockOf(Address address) {
        return Stream.iterate(32, length -> length >= 0, length -> length - 1)
                .flatMap(length -> Stream.ofNullable(blockAt(Prefix.containing(address, length))))
                .findFirst();
    }

    private @Nullable IpamBlock blockAt(Prefix cidr) {
        return blocks.get(cidr);
    }

    /** Who holds the address. */
    public Optional<Allocation> holderOf(Address address) {
        return blockOf(address)
                .flatMap(block -> block.allocations().stream()
                        .filter(allocation -> allocation.address().equals(address))
                        .findFirst());
    }
}
