package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.AddressBag;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resolve.Holding.Peer;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Nodes;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pools and nodes at one snapshot: what is the same for each of its blocks and for whichever node asks. Not for more than
 * one thread.
 */
final class Cluster {

    /** Stands for the place of a pool that there is not. */
    static final int NO_POOL = -1;

    /** Numbers of nodes that are gone are not given again; with more of them than that, counting begins anew. */
    private static final int SPARE_NUMBERS = 64;

    private final Map<String, IpPool> byName;
    private final IpPool[] pools;
    private final Integer[] poolsByPrefix;
    private final List<String> poolNames;
    private final Map<String, FelixConfiguration> felix;
    private final Nodes nodes;
    private final Map<String, Peer> peers;
    private final int numbers;
    private final AddressBag addresses;
    private final AddressBag unready;
    private @Nullable SortedSet<Prefix> nodeAddresses;

    private Cluster(Snapshot snapshot) {
        this.byName = snapshot.pools();
        this.pools = byName.values().toArray(IpPool[]::new);
        this.poolsByPrefix = new Integer[pools.length];
        Arrays.setAll(poolsByPrefix, place -> place);
        Arrays.sort(poolsByPrefix, (one, other) -> pools[one].cidr().compareTo(pools[other].cidr()));
        this.poolNames = Stream.of(pools).map(IpPool::name).toList();
        this.felix = snapshot.felix();
        this.nodes = snapshot.nodes();
        this.peers = new HashMap<>(2 * nodes.size());
        List<Address> all = new ArrayList<>(nodes.size());
        List<Address> withoutTunnel = new ArrayList<>();
        for (Node node : nodes.values()) {
            peers.put(node.name(), new Peer(peers.size(), node));
            note(node, all, withoutTunnel);
        }
        this.numbers = peers.size();
        this.addresses = AddressBag.of(all);
        this.unready = AddressBag.of(withoutTunnel);
    }

    private Cluster(Cluster before, Nodes nodes, List<String> changed) {
        this.byName = before.byName;
        this.pools = before.pools;
        this.poolsByPrefix = before.poolsByPrefix;
        this.poolNames = before.poolNames;
        this.felix = before.felix;
        this.nodes = nodes;
        this.peers = before.peers;
        List<Address> gone = new ArrayList<>();
        List<Address> readied = new ArrayList<>();
        List<Address> added = new ArrayList<>();
        List<Address> unreadied = new ArrayList<>();
        int number = before.numbers;
        for (String name : changed) {
            Peer known = peers.remove(name);
            Node node = nodes.get(name);
            if (known != null) {
                note(known.node(), gone, readied);
            }
            if (node != null) {
                note(node, added, unreadied);
                peers.put(name, new Peer(known == null ? number++ : known.number(), node));
            }
        }
        this.numbers = number;
        this.addresses = before.addresses.with(gone, added);
        this.unready = before.unready.with(readied, unreadied);
    }

    private static void note(Node node, List<Address> addresses, List<Address> unready) {
        InterfaceAddress own = node.address().orElse(null);
        if (own != null) {
            addresses.add(own.address());
            if (node.tunnelAddress().isEmpty()) {
                unready.add(own.address());
            }
        }
    }

    static Cluster of(Snapshot snapshot) {
        return new Cluster(snapshot);
    }

    /**
     * The same of a later snapshot. Takes over what it can, so this one is not to be used any more.
     *
     * @param changed names of the nodes that are others than in this one's snapshot; empty if they are many
     */
    Cluster next(Snapshot later, Optional<List<String>> changed) {
        if (isOf(later)) {
            return this;
        }
        boolean little = hasPoolsOf(later) && changed.isPresent() && numbers <= 2 * peers.size() + SPARE_NUMBERS;
        return little ? new Cluster(this, later.nodes(), changed.get()) : of(later);
    }

    /** Whether it says all that there is to say of that snapshot too. */
    @SuppressWarnings("ReferenceEquality") // snapshots share what has not changed
    boolean isOf(Snapshot snapshot) {
        return nodes == snapshot.nodes() && hasPoolsOf(snapshot);
    }

    boolean hasPoolsOf(Snapshot snapshot) {
        return byName.equals(snapshot.pools()) && felix.equals(snapshot.felix());
    }

    /** In the snapshot's order. */
    IpPool[] pools() {
        return pools;
    }

    /** In the snapshot's order. */
    List<String> poolNames() {
        return poolNames;
    }

    /** Place of the pool that contains the prefix; {@link #NO_POOL} if none does. */
    int poolOf(Prefix prefix) {
        int low = 0;
        int high = pools.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (pools[poolsByPrefix[middle]].cidr().compareTo(prefix) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        // Pools do not overlap, so only the last one that begins before the prefix can contain it.
        int last = low == 0 ? NO_POOL : poolsByPrefix[low - 1];
        return last != NO_POOL && pools[last].cidr().contains(prefix) ? last : NO_POOL;
    }

    @Nullable
    Peer peer(@Nullable String name) {
        return name == null ? null : peers.get(name);
    }

    int peers() {
        return peers.size();
    }

    /** The numbers of peers are below that. */
    int numbers() {
        return numbers;
    }

    /** Of all nodes that have one, as /32. */
    SortedSet<Prefix> nodeAddresses() {
        SortedSet<Prefix> known = nodeAddresses;
        if (known == null) {
            known = Collections.unmodifiableSortedSet(addresses.hosts());
            nodeAddresses = known;
        }
        return known;
    }

    /** Addresses of nodes without a tunnel address. */
    AddressBag unready() {
        return unready;
    }

    /** The lowest node address in the prefix. */
    @Nullable
    Address nodeIn(Prefix prefix) {
        return addresses.lowestIn(prefix).orElse(null);
    }
}
