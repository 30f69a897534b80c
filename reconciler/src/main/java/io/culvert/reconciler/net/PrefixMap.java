package io.culvert.reconciler.net;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map by prefix, in the prefixes' order, that shares nearly everything with the maps made from it: entries lie in
 * leaves of up to 128, and an edit copies only the leaves it changes and the list of them. With 100,000 prefixes an edit of one
 * copies about 8 kB, and a comparison of two such maps skips the leaves they share.
 */
public final class PrefixMap<V> extends AbstractMap<Prefix, V> {

    private static final int LEAF_SIZE = 128;
    private static final PrefixMap<?> EMPTY = new PrefixMap<>(new Leaf[0], 0);

    private final Leaf[] leaves;
    private final int size;

    private PrefixMap(Leaf[] leaves, int size) {
        this.leaves = leaves;
        this.size = size;
    }

    /** Consecutive entries. Only the edit that made it may change it, until that edit is done. */
    private static final class Leaf {
        private final Object maker;
        private long[] keys;
        private @Nullable Object[] values;
        private int size;

        @SuppressWarnings("NullAway") // entries behind the size are null
        Leaf(Object maker, int capacity) {
            this.maker = maker;
            this.keys = new long[capacity];
            this.values = new Object[capacity];
        }

        private int find(long key) {
            return Arrays.binarySearch(keys, 0, size, key);
        }

        /** A copy of some of it, with room for one more. */
        private Leaf copy(Object newMaker, int from, int to) {
            Leaf copy = new Leaf(newMaker, Math.min(LEAF_SIZE, Math.max(to - from + 1, 8)));
            System.arraycopy(keys, from, copy.keys, 0, to - from);
            System.arraycopy(values, from, copy.values, 0, to - from);
            copy.size = to - from;
            return copy;
        }

        private void insert(int at, long key, Object value) {
            if (size == keys.length) {
                int capacity = Math.min(LEAF_SIZE, 2 * size);
                keys = Arrays.copyOf(keys, capacity);
                values = Arrays.copyOf(values, capacity);
            }
            System.arraycopy(keys, at, keys, at + 1, size - at);
            System.arraycopy(values, at, values, at + 1, size - at);
            keys[at] = key;
            values[at] = value;
            size++;
        }

        private void delete(int at) {
            size--;
            System.arraycopy(keys, at + 1, keys, at, size - at);
            System.arraycopy(values, at + 1, values, at, size - at);
            values[size] = null;
        }
    }

    @SuppressWarnings("unchecked") // it is empty
    public static <V> PrefixMap<V> empty() {
        return (PrefixMap<V>) EMPTY;
    }

    /** The map itself if it is one of these, as with {@link java.util.Map#copyOf}. */
    @SuppressWarnings("unchecked") // it is immutable
    public static <V> PrefixMap<V> copyOf(Map<Prefix, ? extends V> map) {
        if (map instanceof PrefixMap<?> same) {
            return (PrefixMap<V>) same;
        }
        Edit<V> edit = PrefixMap.<V>empty().edit();
        map.forEach(edit::put);
        return edit.done();
    }

    /** Starts a series of changes; this map stays as it is. */
    public Edit<V> edit() {
        return new Edit<>(this);
    }

    @Override
    public @Nullable V get(@Nullable Object key) {
        return key instanceof Prefix prefix ? get(prefix.key()) : null;
    }

    /** The value at {@link Prefix#key()}; null for none. */
    @SuppressWarnings("unchecked")
    public @Nullable V get(long key) {
        int leaf = leafOf(leaves, leaves.length, key);
        int at = leaf < 0 ? -1 : leaves[leaf].find(key);
        return at < 0 ? null : (V) leaves[leaf].values[at];
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return get(key) != null;
    }

    @Override
    public int size() {
        return size;
    }

    /** The last leaf that starts at or before the key; -1 if there is none. */
    private static int leafOf(Leaf[] leaves, int count, long key) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (leaves[middle].keys[0] <= key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    @Override
    public Set<Map.Entry<Prefix, V>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<Prefix, V>> iterator() {
                return new Entries<>(walk());
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    /** A walk through all entries in order, without an object for each. */
    public Walk<V> walk() {
        return new Walk<>(leaves);
    }

    /** A cursor, before the first entry until {@link #advance} is called. */
    public static final class Walk<V> {
        private final Leaf[] leaves;
        private int leaf;
        private int at = -1;

        private Walk(Leaf[] leaves) {
            this.leaves = leaves;
        }

        /** Goes to the next entry; false when there is none. */
        public boolean advance() {
            at++;
            while (leaf < leaves.length && at >= leaves[leaf].size) {
                leaf++;
                at = 0;
            }
            return leaf < leaves.length;
        }

        /** {@link Prefix#key()} of the entry. */
        public long key() {
            return leaves[leaf].keys[at];
        }

        @SuppressWarnings("unchecked")
        public V value() {
            return (V) Objects.requireNonNull(leaves[leaf].values[at]);
        }

        private @Nullable Leaf leafAtItsStart() {
            return at == 0 && leaf < leaves.length ? leaves[leaf] : null;
        }

        /** How many leaves from here on both walks share. Compares references only: reading the leaves would fetch each from memory. */
        private int leavesInCommon(Walk<V> other) {
            int count = 0;
            while (leaf + count < leaves.length
                    && other.leaf + count < other.leaves.length
                    && leaves[leaf + count] == other.leaves[other.leaf + count]) {
                count++;
            }
            return count;
        }

        private boolean skipLeaves(int count) {
            leaf += count;
            at = -1;
            return advance();
        }
    }

    private static final class Entries<V> implements Iterator<Map.Entry<Prefix, V>> {
        private final Walk<V> walk;
        private boolean there;

        Entries(Walk<V> walk) {
            this.walk = walk;
            this.there = walk.advance();
        }

        @Override
        public boolean hasNext() {
            return there;
        }

        @Override
        public Map.Entry<Prefix, V> next() {
            if (!there) {
                throw new NoSuchElementException();
            }
            Map.Entry<Prefix, V> entry = Map.entry(Prefix.ofKey(walk.key()), walk.value());
            there = walk.advance();
            return entry;
        }
    }

    /**
     * The keys at which this map and an older one hold different objects, ascending; empty if there are more than the limit.
     */
    public Optional<long[]> differences(PrefixMap<V> older, int limit) {
        Differences found = new Differences(limit);
        Walk<V> one = walk();
        Walk<V> other = older.walk();
        boolean inOne = one.advance();
        boolean inOther = other.advance();
        while ((inOne || inOther) && !found.tooMany()) {
            Leaf shared = inOne && inOther ? one.leafAtItsStart() : null;
            if (shared != null && shared == other.leafAtItsStart()) {
                int common = one.leavesInCommon(other);
                inOne = one.skipLeaves(common);
                inOther = other.skipLeaves(common);
                continue;
            }
            int order = !inOne ? 1 : !inOther ? -1 : Long.compare(one.key(), other.key());
            if (order != 0 || one.value() != other.value()) {
                found.add(order <= 0 ? one.key() : other.key());
            }
            inOne = order <= 0 ? one.advance() : inOne;
            inOther = order >= 0 ? other.advance() : inOther;
        }
        return found.keys();
    }

    private static final class Differences {
        private final int limit;
        private long[] keys = new long[16];
        private int count;

        Differences(int limit) {
            this.limit = limit;
        }

        void add(long key) {
            if (count == keys.length) {
                keys = Arrays.copyOf(keys, 2 * count);
            }
            keys[count++] = key;
        }

        boolean tooMany() {
            return count > limit;
        }

        Optional<long[]> keys() {
            return tooMany() ? Optional.empty() : Optional.of(Arrays.copyOf(keys, count));
        }
    }

    /** A series of changes to a map. Not for more than one thread. */
    public static final class Edit<V> {
        private PrefixMap<V> before;
        private Leaf[] leaves;
        private int count;
        private int size;
        private Object mark = new Object();

        private Edit(PrefixMap<V> before) {
            this.before = before;
            this.leaves = before.leaves;
            this.count = leaves.length;
            this.size = before.size;
        }

        /** The value as changed so far; null for none. */
        @SuppressWarnings("unchecked")
        public @Nullable V get(Prefix prefix) {
            int leaf = leafOf(leaves, count, prefix.key());
            int at = leaf < 0 ? -1 : leaves[leaf].find(prefix.key());
            return at < 0 ? null : (V) leaves[leaf].values[at];
        }

        public void put(Prefix prefix, V value) {
            long key = prefix.key();
            int place = Math.max(0, leafOf(leaves, count, key));
            if (count == 0) {
                insertLeaf(0, new Leaf(mark, 8));
            }
            Leaf leaf = own(place);
            int at = leaf.find(key);
            if (at >= 0) {
                leaf.values[at] = value;
                return;
            }
            size++;
            insert(place, -at - 1, key, value);
        }

        private void insert(int place, int at, long key, V value) {
            Leaf leaf = leaves[place];
            if (leaf.size < LEAF_SIZE) {
                leaf.insert(at, key, value);
            } else if (at == LEAF_SIZE) {
                // Keys in ascending order fill leaf after leaf.
                Leaf next = new Leaf(mark, 8);
                next.insert(0, key, value);
                insertLeaf(place + 1, next);
            } else {
                int half = LEAF_SIZE / 2;
                insertLeaf(place + 1, leaf.copy(mark, half, LEAF_SIZE));
                leaves[place] = leaf.copy(mark, 0, half);
                insert(at <= half ? place : place + 1, at <= half ? at : at - half, key, value);
            }
        }

        public void remove(Prefix prefix) {
            int place = leafOf(leaves, count, prefix.key());
            if (place < 0 || leaves[place].find(prefix.key()) < 0) {
                return;
            }
            size--;
            Leaf leaf = own(place);
            leaf.delete(leaf.find(prefix.key()));
            if (leaf.size == 0) {
                System.arraycopy(leaves, place + 1, leaves, place, count - place - 1);
                count--;
            }
        }

        /** The leaf at a place, copied first if others share it. */
        private Leaf own(int place) {
            ownLeaves();
            if (leaves[place].maker != mark) {
                leaves[place] = leaves[place].copy(mark, 0, leaves[place].size);
            }
            return leaves[place];
        }

        private void ownLeaves() {
            if (leaves == before.leaves) {
                leaves = Arrays.copyOf(leaves, count + 8);
            }
        }

        private void insertLeaf(int place, Leaf leaf) {
            ownLeaves();
            if (count == leaves.length) {
                leaves = Arrays.copyOf(leaves, 2 * count);
            }
            System.arraycopy(leaves, place, leaves, place + 1, count - place);
            leaves[place] = leaf;
            count++;
        }

        /** The map with the changes, the same one if there were none; the edit goes on from there. */
        public PrefixMap<V> done() {
            if (leaves != before.leaves) {
                before = new PrefixMap<>(Arrays.copyOf(leaves, count), size);
                leaves = before.leaves;
                mark = new Object();
            }
            return before;
        }
    }
}
