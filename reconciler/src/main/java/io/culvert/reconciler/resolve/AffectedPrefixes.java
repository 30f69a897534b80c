package io.culvert.reconciler.resolve;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Of which prefixes something else may become when blocks, claims or nodes change from one snapshot to a later one, while pools
 * and settings stay. Rather one too many than one too few. Pure; for one use.
 */
final class AffectedPrefixes {

    /** With more than that, resolving everything is no slower. */
    private static final int MANY = 20_000;

    private final Snapshot before;
    private final Snapshot after;
    private final List<String> nodes;
    private final DesiredState desired;
    private final LongStream.Builder keys = LongStream.builder();

    /**
     * @param nodes names of those that changed
     * @param desired what the earlier snapshot resolved to
     */
    AffectedPrefixes(Snapshot before, Snapshot after, List<String> nodes, DesiredState desired) {
        this.before = before;
        this.after = after;
        this.nodes = nodes;
        this.desired = desired;
    }

    /** Keys, ascending, each once; empty if there are too many. */
    Optional<long[]> prefixes() {
        Optional<long[]> blocks = after.blocks().differences(before.blocks(), MANY);
        Optional<long[]> claims =
                after.affinities().byBlock().differences(before.affinities().byBlock(), MANY);
        if (blocks.isEmpty() || claims.isEmpty() || desired.unrouted().size() > MANY) {
            return Optional.empty();
        }
        LongStream.concat(LongStream.of(blocks.get()), LongStream.of(claims.get()))
                .forEach(this::block);
        nodes();
        return Optional.of(keys.build().sorted().distinct().toArray());
    }

    private void block(long key) {
        keys.add(key);
        borrowed(before.blocks().get(key));
        borrowed(after.blocks().get(key));
    }

    private void borrowed(@Nullable Block block) {
        if (block != null) {
            block.borrowed()
                    .keySet()
                    .forEach(address -> keys.add(Prefix.host(address).key()));
        }
    }

    /**
     * A node's change touches what goes to it, what covers its address or covered it, and what could not be routed, for which it may
     * be the reason.
     */
    private void nodes() {
        Set<Address> addresses = new HashSet<>();
        for (String name : nodes) {
            Optional<Address> old = address(before.nodes().get(name));
            Optional<Address> young = address(after.nodes().get(name));
            old.ifPresent(addresses::add);
            young.ifPresent(addresses::add);
            young.ifPresent(this::around);
        }
        if (!nodes.isEmpty()) {
            desired.unrouted().forEach(unrouted -> keys.add(unrouted.prefix().key()));
            towards(addresses);
        }
    }

    private static Optional<Address> address(@Nullable Node node) {
        return Optional.ofNullable(node).flatMap(Node::address).map(InterfaceAddress::address);
    }

    private void around(Address address) {
        for (int length = 0; length <= 32; length++) {
            long key = Prefix.containing(address, length).key();
            if (desired.routes().find(key) >= 0) {
                keys.add(key);
            }
        }
    }

    private void towards(Set<Address> addresses) {
        DesiredRoutes routes = desired.routes();
        boolean[] wanted = new boolean[routes.vias().size()];
        for (int via = 0; via < wanted.length; via++) {
            wanted[via] = addresses.contains(routes.vias().get(via).peer());
        }
        routes.forEachTaking(wanted, keys);
    }
}
