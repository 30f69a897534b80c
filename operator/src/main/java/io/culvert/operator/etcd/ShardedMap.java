package io.culvert.operator.etcd;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map that shares nearly everything with the maps made from it: keys are spread over a fixed number of small
 * arrays, and an edit copies only those it touches and the table of them. With 100,000 keys an edit of one copies about 66
 * kB, and a search goes past six. Iterates in no particular order.
 */
final class ShardedMap<K, V> extends AbstractMap<K, V> {

    private static final int SHARD_BITS = 14;
    private static final Object[] NOTHING = {};

    private final Object[][] shards;
    private final int size;

    private ShardedMap(Object[][] shards, int size) {
        this.shards = shards;
        this.size = size;
    }

    static <K, V> ShardedMap<K, V> empty() {
        Object[][] shards = new Object[1 << SHARD_BITS][];
        Arrays.fill(shards, NOTHING);
        return new ShardedMap<>(shards, 0);
    }

    /** Starts a series of changes; this map stays as it is. */
    Edit<K, V> edit() {
        return new Edit<>(this);
    }

    @Override
    @SuppressWarnings("unchecked")
    public @Nullable V get(@Nullable Object key) {
        if (key == null) {
            return null;
        }
        Object[] shard = shards[shardOf(key)];
        int at = find(shard, key);
        return at < 0 ? null : (V) shard[at + 1];
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return get(key) != null;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<K, V>> iterator() {
                return new Walk<>(shards);
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    private static int shardOf(Object key) {
        return (key.hashCode() * 0x9e3779b9) >>> (32 - SHARD_BITS);
    }

    /** Shards hold keys and values by turns. */
    private static int find(Object[] shard, Object key) {
        for (int i = 0; i < shard.length; i += 2) {
            if (shard[i].equals(key)) {
                return i;
            }
        }
        return -1;
    }

    private static final class Walk<K, V> implements Iterator<Map.Entry<K, V>> {
        private final Object[][] shards;
        private int shard;
        private int next;

        Walk(Object[][] shards) {
            this.shards = shards;
        }

        @Override
        public boolean hasNext() {
            while (shard < shards.length && next >= shards[shard].length) {
                shard++;
                next = 0;
            }
            return shard < shards.length;
        }

        @Override
        @SuppressWarnings("unchecked")
        public Map.Entry<K, V> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Object[] pairs = shards[shard];
            next += 2;
            return Map.entry((K) pairs[next - 2], (V) pairs[next - 1]);
        }
    }

    /** A series of changes to a map. Not for more than one thread. */
    static final class Edit<K, V> {
        private ShardedMap<K, V> before;
        private Object[][] shards;
        private int size;

        private Edit(ShardedMap<K, V> before) {
            this.before = before;
            this.shards = before.shards;
            this.size = before.size;
        }

        /** The value as changed so far. */
        @Nullable
        V get(K key) {
            return new ShardedMap<K, V>(shards, size).get(key);
        }

        void put(K key, V value) {
            Object[] shard = shards[shardOf(key)];
            int at = find(shard, key);
            Object[] changed = Arrays.copyOf(shard, at < 0 ? shard.length + 2 : shard.length);
            int pair = at < 0 ? shard.length : at;
            changed[pair] = key;
            changed[pair + 1] = value;
            store(key, changed, at < 0 ? 1 : 0);
        }

        void remove(K key) {
            Object[] shard = shards[shardOf(key)];
            int at = find(shard, key);
            if (at < 0) {
                return;
            }
            Object[] changed = Arrays.copyOf(shard, shard.length - 2);
            if (at < changed.length) {
                changed[at] = shard[shard.length - 2];
                changed[at + 1] = shard[shard.length - 1];
            }
            store(key, changed, -1);
        }

        private void store(K key, Object[] changed, int growth) {
            if (shards == before.shards) {
                shards = shards.clone();
            }
            shards[shardOf(key)] = changed;
            size += growth;
        }

        /** The map with the changes; the edit goes on from there. */
        ShardedMap<K, V> done() {
            if (shards != before.shards) {
                before = new ShardedMap<>(shards, size);
            }
            return before;
        }
    }
}
