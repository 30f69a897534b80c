package io.culvert.operator.snapshot;

import com.fasterxml.jackson.databind.node.TextNode;
import io.culvert.operator.calico.ClusterInformationCodec;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.FelixConfigurationCodec;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.calico.NodeCodec;
import io.culvert.operator.calico.store.AffinityCodec;
import io.culvert.operator.calico.store.BlockCodec;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.calico.store.Keys.AffinityKey;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.net.PrefixMap;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Claims;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Nodes;
import io.culvert.reconciler.resource.Rejected;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values in, {@link Snapshot}s out. Each key is decoded once, when it changes; a snapshot shares with the one before
 * it all that has not changed, and costs microseconds however large it is.
 *
 * <p>A value that is not understood leaves the last good one of its key in force, unless the key was made anew. Of pools that
 * overlap, the one created first stands.
 *
 * <p>Touches nothing but its own memory. Not for more than one thread.
 */
public final class SnapshotAssembler {

    private static final Comparator<CreatedPool> OLDEST_FIRST = Comparator.comparingLong(CreatedPool::createRevision)
            .thenComparing(created -> created.pool().name());

    private final Map<String, Node> nodes = new HashMap<>();
    private final PrefixMap.Edit<Block> blocks = PrefixMap.<Block>empty().edit();
    private final Claims.Edit affinities = Claims.NONE.edit();
    private final Map<String, CreatedPool> pools = new HashMap<>();
    private final Map<String, FelixConfiguration> felix = new HashMap<>();
    private final SortedMap<String, String> foreignPools = new TreeMap<>();
    private final SortedMap<String, Rejected> rejected = new TreeMap<>();
    private final Map<String, Stored> unsettled = new TreeMap<>();
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, Stored> documents = new HashMap<>();
    private @Nullable PoolView poolView;
    private final Map<String, Optional<Node>> changedNodes = new HashMap<>();
    private Nodes nodeView = Nodes.NONE;
    private @Nullable Boolean locked;
    private @Nullable String newestKey;
    private long newestRevision;

    private record CreatedPool(long createRevision, IpPool pool) {}

    /** What follows from all pools together. */
    private record PoolView(
            SortedMap<String, IpPool> standing, SortedMap<String, String> unsupported, List<Rejected> overlapping) {}

    /** Whether a key is one that snapshots are made of. */
    static boolean concerns(String key) {
        return key.startsWith(Keys.BLOCKS)
                || key.startsWith(Keys.HOSTS)
                || key.startsWith(Keys.POOLS)
                || key.startsWith(Keys.NODES)
                || isFelix(key)
                || key.equals(DatastoreLock.KEY);
    }

    /** A key has a new value. Keys that do not concern snapshots are passed over. */
    public void put(Stored stored) {
        String key = stored.key();
        if (stored.modRevision() > newestRevision) {
            newestRevision = stored.modRevision();
            newestKey = key;
        }
        if (key.startsWith(Keys.BLOCKS)) {
            putBlock(stored);
        } else if (key.startsWith(Keys.HOSTS)) {
            putAffinity(stored);
        } else if (key.startsWith(Keys.POOLS)) {
            putPool(stored);
        } else if (key.startsWith(Keys.NODES)) {
            putNode(stored);
        } else if (isFelix(key)) {
            putFelix(stored);
        } else if (key.equals(DatastoreLock.KEY)) {
            putCluster(stored);
        }
    }

    private static boolean isFelix(String key) {
        return key.startsWith(Keys.FELIX) && FelixConfiguration.applies(key.substring(Keys.FELIX.length()));
    }

    /** A key is gone. */
    void remove(String key) {
        forget(key);
        settle(key);
    }

    private void forget(String key) {
        documents.remove(key);
        if (key.startsWith(Keys.BLOCKS)) {
            Keys.blockOf(key).ifPresent(blocks::remove);
        } else if (key.startsWith(Keys.HOSTS)) {
            Keys.affinityOf(key).ifPresent(claim -> affinities.remove(claim.node(), claim.block()));
        } else if (key.startsWith(Keys.POOLS)) {
            String name = key.substring(Keys.POOLS.length());
            pools.remove(name);
            foreignPools.remove(name);
            poolView = null;
        } else if (key.startsWith(Keys.NODES)) {
            String name = key.substring(Keys.NODES.length());
            nodes.remove(name);
            changedNodes.put(name, Optional.empty());
        } else if (key.startsWith(Keys.FELIX)) {
            felix.remove(key.substring(Keys.FELIX.length()));
        } else if (key.equals(DatastoreLock.KEY)) {
            locked = null;
        }
    }

    private void settle(String key) {
        rejected.remove(key);
        unsettled.remove(key);
    }

    private void putBlock(Stored stored) {
        Optional<Prefix> cidr = Keys.blockOf(stored.key());
        if (cidr.isEmpty()) {
            reject("Block", stored, "the key does not end in a prefix such as 192.168.0.0-26", false);
            return;
        }
        accept("Block", stored, BlockCodec.decode(cidr.get(), stored.value()), () -> blocks.get(cidr.get()) != null)
                .ifPresent(block -> blocks.put(cidr.get(), frugal(block)));
    }

    /** The same block with a copy of its owner's name that all blocks share. */
    private Block frugal(Block block) {
        return new Block(block.cidr(), block.owner().map(this::shared), block.borrowed());
    }

    private String shared(String name) {
        return names.computeIfAbsent(name, same -> same);
    }

    private void putAffinity(Stored stored) {
        Optional<AffinityKey> key =
                Keys.affinityOf(stored.key()).map(found -> new AffinityKey(shared(found.node()), found.block()));
        if (key.isEmpty()) {
            return;
        }
        accept(
                        "Affinity",
                        stored,
                        AffinityCodec.decode(key.get(), stored.value()),
                        () -> affinities
                                .get(key.get().node(), key.get().block())
                                .isPresent())
                .ifPresent(affinities::put);
    }

    private void putNode(Stored stored) {
        String name = stored.key().substring(Keys.NODES.length());
        Decoded<Node> decoded = NodeCodec.decode(stored.value());
        if (decoded instanceof Decoded.Valid<Node> valid
                && !valid.value().name().equals(name)) {
            decoded = misnamed(name, valid.value().name());
        }
        accept("Node", stored, decoded, () -> nodes.containsKey(name)).ifPresent(node -> putNode(name, node));
    }

    private void putNode(String name, Node node) {
        nodes.put(name, node);
        changedNodes.put(name, Optional.of(node));
    }

    private void putFelix(Stored stored) {
        String name = stored.key().substring(Keys.FELIX.length());
        accept(
                        "FelixConfiguration",
                        stored,
                        FelixConfigurationCodec.decode(stored.value()),
                        () -> felix.containsKey(name))
                .ifPresent(settings -> felix.put(name, settings));
    }

    private void putCluster(Stored stored) {
        accept("ClusterInformation", stored, ClusterInformationCodec.decodeLocked(stored.value()), () -> locked != null)
                .ifPresent(newest -> locked = newest);
    }

    private void putPool(Stored stored) {
        String name = stored.key().substring(Keys.POOLS.length());
        Decoded<IpPool> decoded = IpPoolCodec.decode(stored.value());
        poolView = null;
        if (decoded instanceof Decoded.Unsupported<IpPool> unsupported) {
            remove(stored.key());
            foreignPools.put(name, unsupported.reason());
            return;
        }
        if (decoded instanceof Decoded.Valid<IpPool> valid
                && !valid.value().name().equals(name)) {
            decoded = misnamed(name, valid.value().name());
        }
        boolean known = pools.containsKey(name) || foreignPools.containsKey(name);
        accept("IPPool", stored, decoded, () -> known).ifPresent(pool -> {
            foreignPools.remove(name);
            pools.put(name, new CreatedPool(stored.createRevision(), pool));
        });
    }

    private static <T> Decoded<T> misnamed(String inKey, String inValue) {
        return new Decoded.Invalid<>(List.of(
                Fault.at("metadata.name", TextNode.valueOf(inValue), "must be " + inKey + ", as its key says")));
    }

    /** The decoded value; empty, and noted, if there is none. Only then it matters whether an earlier one is known. */
    private <T> Optional<T> accept(String kind, Stored stored, Decoded<T> decoded, BooleanSupplier known) {
        if (decoded instanceof Decoded.Valid<T> valid) {
            settle(stored.key());
            if (!stored.key().startsWith(Keys.IPAM)) {
                documents.put(stored.key(), stored);
            }
            return Optional.of(valid.value());
        }
        reject(kind, stored, reason(decoded), known.getAsBoolean());
        return Optional.empty();
    }

    private static String reason(Decoded<?> decoded) {
        if (decoded instanceof Decoded.Invalid<?> invalid) {
            return invalid.faults().stream().map(Fault::toString).collect(Collectors.joining("; "));
        }
        return ((Decoded.Unsupported<?>) decoded).reason();
    }

    private void reject(String kind, Stored stored, String reason, boolean known) {
        boolean anew = stored.version() == 1;
        if (anew) {
            forget(stored.key());
        }
        rejected.put(stored.key(), new Rejected(kind, stored.key(), reason, known && !anew));
        if (!known && !anew) {
            unsettled.put(stored.key(), stored);
        }
    }

    /** Rejected values whose keys have an earlier one that is not known here. */
    List<Stored> unsettled() {
        return List.copyOf(unsettled.values());
    }

    /**
     * Offers an earlier value for a key whose present one is rejected.
     *
     * @return whether it was good, so that it is in force now
     */
    boolean offerEarlier(Stored earlier) {
        Rejected reason = rejected.get(earlier.key());
        Stored present = unsettled.get(earlier.key());
        if (reason == null || present == null) {
            return false;
        }
        put(earlier);
        boolean good = !rejected.containsKey(earlier.key());
        rejected.put(earlier.key(), new Rejected(reason.kind(), reason.key(), reason.reason(), good));
        if (!good) {
            unsettled.put(earlier.key(), present);
        }
        return good;
    }

    /** Takes the last good value of a key, whose present one is rejected, from what was known before a relist. */
    void inherit(String key, SnapshotAssembler before) {
        Rejected reason = rejected.get(key);
        if (reason == null) {
            return;
        }
        boolean found = false;
        if (key.startsWith(Keys.BLOCKS)) {
            found = Keys.blockOf(key)
                    .map(before.blocks::get)
                    .filter(block -> inForce(block, known -> blocks.put(known.cidr(), known)))
                    .isPresent();
        } else if (key.startsWith(Keys.HOSTS)) {
            found = Keys.affinityOf(key)
                    .flatMap(claim -> before.affinities.get(claim.node(), claim.block()))
                    .filter(claim -> inForce(claim, affinities::put))
                    .isPresent();
        } else if (key.startsWith(Keys.NODES)) {
            String name = key.substring(Keys.NODES.length());
            found = inForce(before.nodes.get(name), node -> putNode(name, node));
        } else if (key.startsWith(Keys.FELIX)) {
            String name = key.substring(Keys.FELIX.length());
            found = inForce(before.felix.get(name), settings -> felix.put(name, settings));
        } else if (key.equals(DatastoreLock.KEY)) {
            locked = before.locked;
            found = locked != null;
        } else if (key.startsWith(Keys.POOLS)) {
            String name = key.substring(Keys.POOLS.length());
            found = inForce(before.pools.get(name), pool -> pools.put(name, pool));
            poolView = null;
        }
        Stored document = before.documents.get(key);
        if (document != null) {
            documents.put(key, document);
        }
        rejected.put(key, new Rejected(reason.kind(), key, reason.reason(), found));
    }

    private static <T> boolean inForce(@Nullable T known, Consumer<T> put) {
        if (known != null) {
            put.accept(known);
        }
        return known != null;
    }

    /**
     * A key that may be taken to live as long as this store does, with its create revision: the oldest pool's, without pools
     * that of the oldest node or setting.
     */
    Optional<Map.Entry<String, Long>> anchor() {
        return pools.values().stream()
                .min(OLDEST_FIRST)
                .map(oldest -> Map.entry(Keys.pool(oldest.pool().name()), oldest.createRevision()))
                .or(() -> documents.values().stream()
                        .min(Comparator.comparingLong(Stored::createRevision))
                        .map(oldest -> Map.entry(oldest.key(), oldest.createRevision())));
    }

    /** The key that was written last of all that were put, with the revision that made. */
    Optional<Map.Entry<String, Long>> newest() {
        return Optional.ofNullable(newestKey).map(key -> Map.entry(key, newestRevision));
    }

    /** Whether there is a pool that is understood. */
    boolean hasPools() {
        return !pools.isEmpty();
    }

    /** The stored values in force, but for IPAM's, of which there are too many to hold twice. */
    List<Stored> documents() {
        return List.copyOf(documents.values());
    }

    /** Everything as it is now. */
    public Snapshot snapshot(long revision) {
        PoolView view = poolView();
        List<Rejected> all = new ArrayList<>(rejected.values());
        all.addAll(view.overlapping());
        return new Snapshot(
                revision,
                view.standing(),
                nodeView(),
                blocks.done(),
                affinities.done(),
                Map.copyOf(felix),
                Boolean.TRUE.equals(locked),
                view.unsupported(),
                Collections.unmodifiableList(all));
    }

    private Nodes nodeView() {
        if (!changedNodes.isEmpty()) {
            nodeView = nodeView.with(changedNodes);
            changedNodes.clear();
        }
        return nodeView;
    }

    private PoolView poolView() {
        PoolView view = poolView;
        if (view == null) {
            view = viewPools();
            poolView = view;
        }
        return view;
    }

    private PoolView viewPools() {
        SortedMap<String, IpPool> standing = new TreeMap<>();
        SortedMap<String, String> unsupported = new TreeMap<>(foreignPools);
        List<Rejected> overlapping = new ArrayList<>();
        List<CreatedPool> oldestFirst =
                pools.values().stream().sorted(OLDEST_FIRST).toList();
        for (CreatedPool created : oldestFirst) {
            IpPool pool = created.pool();
            Optional<IpPool> other = standing.values().stream()
                    .filter(older -> older.cidr().overlaps(pool.cidr()))
                    .findFirst();
            if (other.isPresent()) {
                overlapping.add(overlap(pool, other.get()));
                continue;
            }
            standing.put(pool.name(), pool);
            if (!pool.routed()) {
                unsupported.put(
                        pool.name(), "spec.vxlanMode is " + pool.vxlanMode() + ", and Culvert leaves VXLAN to Calico");
            }
        }
        return new PoolView(
                Collections.unmodifiableSortedMap(standing),
                Collections.unmodifiableSortedMap(unsupported),
                overlapping);
    }

    private static Rejected overlap(IpPool later, IpPool older) {
        return new Rejected(
                "IPPool",
                Keys.pool(later.name()),
                "spec.cidr: " + later.cidr() + " of pool " + later.name() + " overlaps " + older.cidr() + " of pool "
                        + older.name() + ", which was created first; pools must not overlap: delete one of them",
                false);
    }
}
