package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.net.PrefixMap;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Claims;
import io.culvert.reconciler.resource.Snapshot;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who holds what in one snapshot, the same for every node that resolves. Immutable. */
final class Holdings {

    private static final int ADDRESS_BITS = 32;

    private final Snapshot snapshot;
    private final Cluster cluster;

    Holdings(Snapshot snapshot, Cluster cluster) {
        this.snapshot = snapshot;
        this.cluster = cluster;
    }

    /** Passes on everything by the prefix of its block; a block before the addresses borrowed out of it. */
    void forEach(Consumer<Holding> receiver) {
        PrefixMap.Walk<Block> blocks = snapshot.blocks().walk();
        PrefixMap.Walk<List<Affinity>> claims = snapshot.affinities().byBlock().walk();
        boolean claimed = claims.advance();
        while (blocks.advance()) {
            Block block = blocks.value();
            while (claimed && claims.key() < blocks.key()) {
                claimed = claims.advance();
            }
            boolean confirmed = claimed && claims.key() == blocks.key() && Claims.confirm(claims.value(), block);
            int pool = cluster.poolOf(block.cidr());
            receiver.accept(whole(block, pool, confirmed));
            if (!block.borrowed().isEmpty()) {
                new TreeMap<>(block.borrowed())
                        .forEach((address, holder) ->
                                receiver.accept(borrowed(address, block, pool, confirmed, holder)));
            }
        }
    }

    /** Passes on what is held of exactly that prefix, in the same order. */
    void forEachAt(Prefix prefix, Consumer<Holding> receiver) {
        Block whole = snapshot.blocks().get(prefix.key());
        boolean address = prefix.length() == ADDRESS_BITS;
        for (int length = 0; address && length < ADDRESS_BITS; length++) {
            borrowed(
                    prefix,
                    snapshot.blocks()
                            .get(Prefix.containing(prefix.network(), length).key()),
                    receiver);
        }
        if (whole != null) {
            receiver.accept(whole(whole));
            if (address) {
                borrowed(prefix, whole, receiver);
            }
        }
    }

    private Holding whole(Block block) {
        return whole(block, cluster.poolOf(block.cidr()), snapshot.affinities().confirmed(block));
    }

    private void borrowed(Prefix address, @Nullable Block block, Consumer<Holding> receiver) {
        String holder = block == null ? null : block.borrowed().get(address.network());
        if (block != null && holder != null) {
            boolean confirmed = snapshot.affinities().confirmed(block);
            receiver.accept(borrowed(address.network(), block, cluster.poolOf(block.cidr()), confirmed, holder));
        }
    }

    private Holding whole(Block block, int pool, boolean confirmed) {
        return holding(block.cidr(), block, pool, block.owner().orElse(null), false, confirmed);
    }

    private Holding borrowed(Address address, Block block, int pool, boolean confirmed, String holder) {
        return holding(Prefix.host(address), block, pool, holder, true, confirmed);
    }

    private Holding holding(
            Prefix prefix, Block block, int pool, @Nullable String holder, boolean borrowed, boolean confirmed) {
        return new Holding(
                prefix, block, pool, holder, cluster.peer(holder), borrowed, confirmed, cluster.nodeIn(prefix));
    }
}
