package io.culvert.operator.snapshot;

import com.fasterxml.jackson.databind.node.TextNode;
import io.culvert.operator.calico.ClusterInformationCodec;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.FelixConfigurationCodec;
import io.culvert.operator.calico.NodeCodec;
import io.culvert.operator.calico.store.AffinityCodec;
import io.culvert.operator.calico.store.BlockCodec;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.calico.store.Keys.AffinityKey;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.net.PrefixMap;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Claims;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Nodes;
import io.culvert.reconciler.resource.Rejected;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The values in force, kind by kind, and the snapshot that they make. Not for more than one thread. */
final class InForce {

    final Pools pools = new Pools();
    private final Map<String, String> names = new HashMap<>();
    private final BlockKeys blocks = new BlockKeys();
    private final ClaimKeys claims = new ClaimKeys();
    private final NodeKeys nodes = new NodeKeys();
    private final FelixKeys felix = new FelixKeys();
    private final LockKey lock = new LockKey();

    /** In the order that they are read in. */
    final List<KeyKind<?>> kinds = List.of(blocks, claims, lock, felix, pools, nodes);

    /** The kind of a key; null if snapshots are not made of it. */
    @Nullable
    KeyKind<?> kindOf(String key) {
        for (KeyKind<?> kind : kinds) {
            if (key.startsWith(kind.prefix())) {
                return kind.includes(key) ? kind : null;
            }
        }
        return null;
    }

    Snapshot snapshot(long revision, Collection<Rejected> rejected) {
        Pools.View view = pools.view();
        List<Rejected> all = new ArrayList<>(rejected);
        all.addAll(view.overlapping());
        return new Snapshot(
                revision,
                view.pools(),
                nodes.view(),
                blocks.blocks.done(),
                claims.claims.done(),
                Map.copyOf(felix.settings),
                Boolean.TRUE.equals(lock.locked),
                view.unsupported(),
                Collections.unmodifiableList(all));
    }

    /** One copy of a node's name for all blocks and claims that have it. */
    private String shared(String name) {
        return names.computeIfAbsent(name, same -> same);
    }

    /** Rejects a document whose name is not the one in its key. */
    static <T> Decoded<T> namedAsKey(String nameInKey, Decoded<T> decoded, Function<T, String> name) {
        return decoded instanceof Decoded.Valid<T> valid
                        && !name.apply(valid.value()).equals(nameInKey)
                ? new Decoded.Invalid<>(List.of(Fault.at(
                        "metadata.name",
                        TextNode.valueOf(name.apply(valid.value())),
                        "must be " + nameInKey + ", as its key says")))
                : decoded;
    }

    private final class BlockKeys implements KeyKind<Block> {

        private final PrefixMap.Edit<Block> blocks = PrefixMap.<Block>empty().edit();

        @Override
        public String name() {
            return "Block";
        }

        @Override
        public String prefix() {
            return Keys.BLOCKS;
        }

        @Override
        public Decoded<Block> decode(Stored stored) {
            Optional<Prefix> cidr = Keys.blockOf(stored.key());
            return cidr.isPresent()
                    ? BlockCodec.decode(cidr.get(), stored.value(), InForce.this::shared)
                    : new Decoded.Invalid<>(
                            List.of(Fault.ofDocument("the key does not end in a prefix such as 192.168.0.0-26")));
        }

        @Override
        public @Nullable Block get(String key) {
            return Keys.blockOf(key).map(blocks::get).orElse(null);
        }

        @Override
        public void put(String key, Block block) {
            blocks.put(block.cidr(), block);
        }

        @Override
        public void remove(String key) {
            Keys.blockOf(key).ifPresent(blocks::remove);
        }

        @Override
        public KeyKind<Block> in(InForce other) {
            return other.blocks;
        }
    }

    private final class ClaimKeys implements KeyKind<Affinity> {

        private final Claims.Edit claims = Claims.NONE.edit();

        @Override
        public String name() {
            return "Affinity";
        }

        @Override
        public String prefix() {
            return Keys.HOSTS;
        }

        /** Other keys below a host, such as its marker, are ignored. */
        @Override
        public @Nullable Decoded<Affinity> decode(Stored stored) {
            return Keys.affinityOf(stored.key())
                    .map(key -> AffinityCodec.decode(new AffinityKey(shared(key.node()), key.block()), stored.value()))
                    .orElse(null);
        }

        @Override
        public @Nullable Affinity get(String key) {
            return Keys.affinityOf(key)
                    .flatMap(claim -> claims.get(claim.node(), claim.block()))
                    .orElse(null);
        }

        @Override
        public void put(String key, Affinity claim) {
            claims.put(claim);
        }

        @Override
        public void remove(String key) {
            Keys.affinityOf(key).ifPresent(claim -> claims.remove(claim.node(), claim.block()));
        }

        @Override
        public KeyKind<Affinity> in(InForce other) {
            return other.claims;
        }
    }

    private static final class NodeKeys implements KeyKind<Node> {

        private final Map<String, Node> nodes = new HashMap<>();
        private final Map<String, Optional<Node>> changed = new HashMap<>();
        private Nodes view = Nodes.NONE;

        @Override
        public String name() {
            return "Node";
        }

        @Override
        public String prefix() {
            return Keys.NODES;
        }

        private static String nameIn(String key) {
            return key.substring(Keys.NODES.length());
        }

        @Override
        public Decoded<Node> decode(Stored stored) {
            return namedAsKey(nameIn(stored.key()), NodeCodec.decode(stored.value()), Node::name);
        }

        @Override
        public @Nullable Node get(String key) {
            return nodes.get(nameIn(key));
        }

        @Override
        public void put(String key, Node node) {
            nodes.put(node.name(), node);
            changed.put(node.name(), Optional.of(node));
        }

        @Override
        public void remove(String key) {
            nodes.remove(nameIn(key));
            changed.put(nameIn(key), Optional.empty());
        }

        @Override
        public KeyKind<Node> in(InForce other) {
            return other.nodes;
        }

        Nodes view() {
            if (!changed.isEmpty()) {
                view = view.with(changed);
                changed.clear();
            }
            return view;
        }
    }

    private static final class FelixKeys implements KeyKind<FelixConfiguration> {

        private final Map<String, FelixConfiguration> settings = new HashMap<>();

        @Override
        public String name() {
            return "FelixConfiguration";
        }

        @Override
        public String prefix() {
            return Keys.FELIX;
        }

        private static String nameIn(String key) {
            return key.substring(Keys.FELIX.length());
        }

        @Override
        public boolean includes(String key) {
            return FelixConfiguration.applies(nameIn(key));
        }

        @Override
        public Decoded<FelixConfiguration> decode(Stored stored) {
            return FelixConfigurationCodec.decode(stored.value());
        }

        @Override
        public @Nullable FelixConfiguration get(String key) {
            return settings.get(nameIn(key));
        }

        @Override
        public void put(String key, FelixConfiguration value) {
            settings.put(nameIn(key), value);
        }

        @Override
        public void remove(String key) {
            settings.remove(nameIn(key));
        }

        @Override
        public KeyKind<FelixConfiguration> in(InForce other) {
            return other.felix;
        }
    }

    private static final class LockKey implements KeyKind<Boolean> {

        private @Nullable Boolean locked;

        @Override
        public String name() {
            return "ClusterInformation";
        }

        @Override
        public String prefix() {
            return Keys.CLUSTER;
        }

        @Override
        public boolean includes(String key) {
            return key.equals(DatastoreLock.KEY);
        }

        @Override
        public Decoded<Boolean> decode(Stored stored) {
            return ClusterInformationCodec.decodeLocked(stored.value());
        }

        @Override
        public @Nullable Boolean get(String key) {
            return locked;
        }

        @Override
        public void put(String key, Boolean value) {
            locked = value;
        }

        @Override
        public void remove(String key) {
            locked = null;
        }

        @Override
        public KeyKind<Boolean> in(InForce other) {
            return other.lock;
        }
    }
}
