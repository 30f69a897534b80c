package io.culvert.operator.agent;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.NodeSelector;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * A cluster that is another one at every moment: blocks come, go and change their owner, addresses are borrowed by others, pools change
 * their mode, nodes come, go and move. What it is at a moment depends on the seed and on that moment alone. From one moment to the next
 * fewer than {@value #MOST_LOST} routes are lost for good.
 */
record MovingCluster(long seed) {

    static final String SELF = "n0";
    static final InterfaceAddress ADDRESS = InterfaceAddress.parse("10.0.0.1/8");
    static final String TUNNEL = "culvert0";
    static final String UNDERLAY = "eth0";
    static final int MOST_LOST = 250;

    private static final int BLOCKS = 3000;
    private static final int PEERS = 60;
    private static final List<Prefix> POOLS = List.of(Prefix.parse("100.64.0.0/12"), Prefix.parse("172.16.0.0/12"));
    private static final Address TUNNEL_ADDRESS = Address.parse("100.79.255.1");
    private static final int FIRST_PEER = Address.parse("10.1.0.0").bits();
    private static final int BLOCK_LENGTH = 26;

    /** What a draw is about, so that no two things hang together. */
    private enum Topic {
        OWNER,
        BORROWER,
        MOVE,
        MODE
    }

    /** The number is the same for the same seed. */
    private int draw(int bound, Topic topic, int what, int when) {
        long mixed = seed;
        for (int part : new int[] {topic.ordinal(), what, when}) {
            mixed = (mixed ^ part) * 0x9e3779b97f4a7c15L;
            mixed ^= mixed >>> 29;
        }
        return (int) Math.floorMod(mixed, (long) bound);
    }

    static Prefix block(int number) {
        Prefix pool = POOLS.get(number % POOLS.size());
        return new Prefix(pool.bits() + (number / POOLS.size() << 32 - BLOCK_LENGTH), BLOCK_LENGTH);
    }

    private static boolean blockIsThere(int number, int moment) {
        return (number + moment) % 60 != 0;
    }

    private static boolean peerIsThere(int peer, int moment) {
        return (peer + moment) % 30 != 0;
    }

    /** 0 is the node itself. */
    private int owner(int block, int moment) {
        return draw(PEERS + 1, Topic.OWNER, block, (block + moment) / 3);
    }

    private boolean isBorrowedFrom(int block, int moment) {
        return block % 10 == 0 && borrower(block, moment) != owner(block, moment);
    }

    private int borrower(int block, int moment) {
        return draw(PEERS + 1, Topic.BORROWER, block, (block + moment) / 3);
    }

    private static Address borrowed(int block) {
        return new Address(block(block).bits() + 5);
    }

    private Address addressOf(int peer, int moment) {
        return new Address(FIRST_PEER + 2 * peer + draw(2, Topic.MOVE, peer, (peer + moment) / 8));
    }

    private EncapsulationMode mode(int pool, int moment) {
        EncapsulationMode[] modes = EncapsulationMode.values();
        return modes[draw(modes.length, Topic.MODE, pool, moment)];
    }

    private static String name(int node) {
        return node == 0 ? SELF : "p" + node;
    }

    Snapshot at(int moment) {
        SortedMap<String, IpPool> pools = new TreeMap<>();
        for (int pool = 0; pool < POOLS.size(); pool++) {
            pools.put("pool" + pool, pool(pool, mode(pool, moment)));
        }
        Map<String, Node> nodes = new HashMap<>();
        nodes.put(SELF, new Node(SELF, Optional.of(ADDRESS), Optional.of(TUNNEL_ADDRESS), Map.of()));
        for (int peer = 1; peer <= PEERS; peer++) {
            if (peerIsThere(peer, moment)) {
                nodes.put(name(peer), peer(peer, moment));
            }
        }
        Map<Prefix, Block> blocks = new HashMap<>();
        List<Affinity> affinities = new ArrayList<>();
        for (int number = 0; number < BLOCKS; number++) {
            if (blockIsThere(number, moment)) {
                String owner = name(owner(number, moment));
                Map<Address, String> borrowed = isBorrowedFrom(number, moment)
                        ? Map.of(borrowed(number), name(borrower(number, moment)))
                        : Map.of();
                blocks.put(block(number), new Block(block(number), Optional.of(owner), borrowed));
                affinities.add(new Affinity(owner, block(number), Affinity.State.CONFIRMED));
            }
        }
        return new Snapshot(moment + 1, pools, nodes, blocks, affinities, Map.of(), false, Map.of(), List.of());
    }

    private Node peer(int peer, int moment) {
        return new Node(
                name(peer),
                Optional.of(new InterfaceAddress(addressOf(peer, moment), ADDRESS.prefixLength())),
                Optional.of(new Address(TUNNEL_ADDRESS.bits() - peer)),
                Map.of());
    }

    private static IpPool pool(int number, EncapsulationMode mode) {
        return new IpPool(
                "pool" + number,
                POOLS.get(number),
                mode,
                EncapsulationMode.NEVER,
                true,
                false,
                BLOCK_LENGTH,
                NodeSelector.ALL,
                Set.of(IpPool.AllowedUse.values()),
                true);
    }

    /** What the node's kernel is to hold then: {@code blackhole}, or {@code GATEWAY DEVICE}. All nodes share one subnet. */
    SortedMap<Prefix, String> routes(int moment) {
        SortedMap<Prefix, String> routes = new TreeMap<>();
        for (int number = 0; number < BLOCKS; number++) {
            if (!blockIsThere(number, moment)) {
                continue;
            }
            boolean tunnelled = mode(number % POOLS.size(), moment) == EncapsulationMode.ALWAYS;
            BiConsumer<Prefix, Integer> to = (prefix, peer) -> {
                if (peerIsThere(peer, moment)) {
                    routes.put(prefix, addressOf(peer, moment) + " " + (tunnelled ? TUNNEL : UNDERLAY));
                }
            };
            int owner = owner(number, moment);
            if (owner == 0) {
                routes.put(block(number), "blackhole");
            } else {
                to.accept(block(number), owner);
            }
            if (isBorrowedFrom(number, moment) && borrower(number, moment) != 0) {
                to.accept(Prefix.host(borrowed(number)), borrower(number, moment));
            }
        }
        return routes;
    }
}
