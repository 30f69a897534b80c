package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resolve.Holding.Peer;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pools and nodes at one snapshot: what is the same for each of its blocks and for whichever node asks. Does not change, but is
 * not for more than one thread.
 */
final class Cluster {

    /** Stands for the place of a pool that there is not. */
    static final int NO_POOL = -1;

    private final Map<String, IpPool> byName;
    private final IpPool[] pools;
    private final Integer[] poolsByPrefix;
    private final List<String> poolNames;
    private final Map<String, Node> nodes;
    private final Map<String, FelixConfiguration> felix;
    private final Map<String, Peer> peers;
    private final int[] addresses;
    private @Nullable SortedSet<Prefix> nodeAddresses;
    private final Set<Address> unready = new HashSet<>();
    private final Guard nodeGuard;

    private Cluster(Snapshot snapshot) {
        this.byName = snapshot.pools();
        this.pools = byName.values().toArray(IpPool[]::new);
        this.poolsByPrefix = new Integer[pools.length];
        Arrays.setAll(poolsByPrefix, place -> place);
        Arrays.sort(poolsByPrefix, (one, other) -> pools[one].cidr().compareTo(pools[other].cidr()));
        this.poolNames = Stream.of(pools).map(IpPool::name).toList();
        this.nodes = snapshot.nodes();
        this.felix = snapshot.felix();
        this.peers = new HashMap<>(2 * nodes.size());
        int[] found = new int[nodes.size()];
        int count = 0;
        for (Node node : nodes.values()) {
            peers.put(node.name(), new Peer(peers.size(), node));
            InterfaceAddress own = node.address().orElse(null);
            if (own != null) {
                found[count++] = own.address().bits();
                if (node.tunnelAddress().isEmpty()) {
                    unready.add(own.address());
                }
            }
        }
        this.addresses = Arrays.copyOf(found, count);
        this.nodeGuard = Guard.of(addresses);
    }

    static Cluster of(Snapshot snapshot) {
        return new Cluster(snapshot);
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

    /** Of all nodes that have one, as /32. */
    SortedSet<Prefix> nodeAddresses() {
        SortedSet<Prefix> known = nodeAddresses;
        if (known == null) {
            SortedSet<Prefix> sorted = new TreeSet<>();
            for (int address : addresses) {
                sorted.add(new Prefix(address, 32));
            }
            known = Collections.unmodifiableSortedSet(sorted);
            nodeAddresses = known;
        }
        return known;
    }

    /** Addresses of nodes without a tunnel address. */
    Set<Address> unready() {
        return unready;
    }

    /** The lowest node address in the prefix. */
    @Nullable
    Address nodeIn(Prefix prefix) {
        return nodeGuard.coveredBy(prefix).orElse(null);
    }
}
