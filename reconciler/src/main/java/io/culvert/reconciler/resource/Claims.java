package io.culvert.reconciler.resource;

import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.net.PrefixMap;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The claims on all blocks, by block: at most one of each node. Immutable; shares nearly everything with the claims it was made
 * from.
 */
public final class Claims extends AbstractCollection<Affinity> {

    public static final Claims NONE = new Claims(PrefixMap.empty(), 0);

    private static final int MANY = 4096;

    private final PrefixMap<List<Affinity>> byBlock;
    private final int size;

    private Claims(PrefixMap<List<Affinity>> byBlock, int size) {
        this.byBlock = byBlock;
        this.size = size;
    }

    /** Of two claims of one node on one block the later one counts. */
    public static Claims of(Collection<Affinity> affinities) {
        Edit edit = NONE.edit();
        affinities.forEach(edit::put);
        return edit.done();
    }

    /** Claims by the block they are on. */
    public PrefixMap<List<Affinity>> byBlock() {
        return byBlock;
    }

    /** Whether the block's owner has a confirmed claim on it. */
    public boolean confirmed(Block block) {
        List<Affinity> claims = byBlock.get(block.cidr().key());
        return claims != null && confirm(claims, block);
    }

    /** Whether one of the claims on that block is a confirmed one of its owner. */
    public static boolean confirm(List<Affinity> claims, Block block) {
        String owner = block.owner().orElse(null);
        for (Affinity claim : claims) {
            if (claim.state() == Affinity.State.CONFIRMED && claim.node().equals(owner)) {
                return true;
            }
        }
        return false;
    }

    /** The claim of a node on a block. */
    public Optional<Affinity> of(String node, Prefix block) {
        return byBlock.getOrDefault(block, List.of()).stream()
                .filter(claim -> claim.node().equals(node))
                .findFirst();
    }

    /** Whether a node has the same claims as in an older version. False if that is not quick to find out. */
    public boolean sameOf(String node, Claims older) {
        return byBlock.differences(older.byBlock, MANY)
                .filter(blocks -> none(node, blocks) && older.none(node, blocks))
                .isPresent();
    }

    private boolean none(String node, long[] blocks) {
        return Arrays.stream(blocks)
                .mapToObj(Prefix::ofKey)
                .allMatch(block -> of(node, block).isEmpty());
    }

    @Override
    public Iterator<Affinity> iterator() {
        return byBlock.values().stream().flatMap(List::stream).iterator();
    }

    @Override
    public int size() {
        return size;
    }

    /** Starts a series of changes; these claims stay as they are. */
    public Edit edit() {
        return new Edit(this);
    }

    /** A series of changes to claims. Not for more than one thread. */
    public static final class Edit {
        private final PrefixMap.Edit<List<Affinity>> byBlock;
        private Claims before;
        private int size;

        private Edit(Claims before) {
            this.before = before;
            this.byBlock = before.byBlock.edit();
            this.size = before.size;
        }

        /** The claim of a node on a block, as changed so far. */
        public Optional<Affinity> get(String node, Prefix block) {
            return on(block).stream().filter(claim -> claim.node().equals(node)).findFirst();
        }

        public void put(Affinity claim) {
            List<Affinity> known = on(claim.block());
            if (known.isEmpty()) {
                byBlock.put(claim.block(), List.of(claim));
                size++;
                return;
            }
            List<Affinity> all = without(claim.node(), known);
            all.add(claim);
            size += all.size() - known.size();
            byBlock.put(claim.block(), List.copyOf(all));
        }

        public void remove(String node, Prefix block) {
            List<Affinity> known = on(block);
            List<Affinity> left = without(node, known);
            size += left.size() - known.size();
            if (left.isEmpty()) {
                byBlock.remove(block);
            } else if (left.size() < known.size()) {
                byBlock.put(block, List.copyOf(left));
            }
        }

        private List<Affinity> on(Prefix block) {
            List<Affinity> claims = byBlock.get(block);
            return claims == null ? List.of() : claims;
        }

        private static List<Affinity> without(String node, List<Affinity> claims) {
            List<Affinity> others = new ArrayList<>(claims);
            others.removeIf(claim -> claim.node().equals(node));
            return others;
        }

        /** The claims with the changes, the same object if there were none; the edit goes on from there. */
        @SuppressWarnings("ReferenceEquality") // an edit without changes gives the same map
        public Claims done() {
            PrefixMap<List<Affinity>> done = byBlock.done();
            if (done != before.byBlock) {
                before = new Claims(done, size);
            }
            return before;
        }
    }
}
