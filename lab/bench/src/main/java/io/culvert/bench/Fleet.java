package io.culvert.bench;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.net.PrefixMap;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Claims;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A made-up cluster, the same that native/bench/baseline.c speaks of: block i is the i-th /26 of 96.0.0.0/6 and belongs to
 * peer i mod {@code peers}; peer j has the address 10.1.0.0 + j, and the node itself 10.0.0.1/8.
 *
 * @param blocks 1 to 1,000,000
 * @param peers 1 to 60,000
 */
public record Fleet(int blocks, int peers) {

    public static final String SELF = "n0";
    public static final InterfaceAddress ADDRESS = InterfaceAddress.parse("10.0.0.1/8");
    static final String TUNNEL_DEVICE = "culvert0";

    /** The node itself, to resolve for. */
    public static final LocalNode LOCAL = new LocalNode(SELF, ADDRESS, TUNNEL_DEVICE, 1480, Optional.empty(), Set.of());

    static final Prefix POOL = Prefix.parse("96.0.0.0/6");
    static final Address TUNNEL_ADDRESS = Address.parse("99.255.255.1");

    private static final int FIRST_PEER = Address.parse("10.1.0.0").bits();
    private static final int BLOCK_LENGTH = 26;

    /** How long a peer's subnet prefix is. */
    public enum Subnet {
        SHARED(8),
        OF_ITS_OWN(32);

        private final int length;

        Subnet(int length) {
            this.length = length;
        }
    }

    public Prefix block(int number) {
        return new Prefix(POOL.bits() + (number << 32 - BLOCK_LENGTH), BLOCK_LENGTH);
    }

    public String owner(int block) {
        return peer(block % peers);
    }

    String peer(int number) {
        return "p" + number;
    }

    InterfaceAddress peerAddress(int number, Subnet subnet) {
        return new InterfaceAddress(new Address(FIRST_PEER + number), subnet.length);
    }

    /** Everything of it, made anew each time; as in the agent, all that belongs to a peer shares one copy of its name. */
    public Snapshot snapshot(EncapsulationMode mode) {
        List<String> names = IntStream.range(0, peers).mapToObj(this::peer).toList();
        PrefixMap.Edit<Block> owned = PrefixMap.<Block>empty().edit();
        Claims.Edit affinities = Claims.NONE.edit();
        for (int number = 0; number < blocks; number++) {
            String owner = names.get(number % peers);
            owned.put(block(number), new Block(block(number), Optional.of(owner), Map.of()));
            affinities.put(new Affinity(owner, block(number), Affinity.State.CONFIRMED));
        }
        return new Snapshot(
                1,
                new TreeMap<>(Map.of("bench", pool(mode))),
                nodes(),
                owned.done(),
                affinities.done(),
                Map.of(),
                false,
                Map.of(),
                List.of());
    }

    private Map<String, Node> nodes() {
        Map<String, Node> nodes = new HashMap<>();
        nodes.put(SELF, new Node(SELF, Optional.of(ADDRESS), Optional.of(TUNNEL_ADDRESS), Map.of()));
        for (int number = 0; number < peers; number++) {
            Address tunnel = new Address(TUNNEL_ADDRESS.bits() - 1 - number);
            nodes.put(
                    peer(number),
                    new Node(
                            peer(number),
                            Optional.of(peerAddress(number, Subnet.SHARED)),
                            Optional.of(tunnel),
                            Map.of()));
        }
        return nodes;
    }

    private static IpPool pool(EncapsulationMode mode) {
        return new IpPool(
                "bench",
                POOL,
                mode,
                EncapsulationMode.NEVER,
                false,
                false,
                BLOCK_LENGTH,
                labels -> true,
                Set.of(IpPool.AllowedUse.values()),
                true);
    }
}
