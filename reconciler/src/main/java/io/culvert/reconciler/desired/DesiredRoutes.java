package io.culvert.reconciler.desired;

import io.culvert.reconciler.net.Prefix;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The routes a node should have, sorted by prefix, each prefix once. Packed: a row is 16 bytes; peers and pools are
 * numbered. Immutable.
 */
public final class DesiredRoutes {

    public static final DesiredRoutes EMPTY =
            new DesiredRoutes(new long[0], new int[0], new int[0], new int[0], List.of(), List.of(), false);

    private static final int BLACKHOLE = -1;

    private final long[] keys;
    private final int[] viaNumbers;
    private final int[] poolNumbers;
    private final int[] sizes;
    private final List<Via> vias;
    private final List<String> pools;
    private final boolean contested;

    private DesiredRoutes(
            long[] keys,
            int[] viaNumbers,
            int[] poolNumbers,
            int[] sizes,
            List<Via> vias,
            List<String> pools,
            boolean contested) {
        this.keys = keys;
        this.viaNumbers = viaNumbers;
        this.poolNumbers = poolNumbers;
        this.sizes = sizes;
        this.vias = List.copyOf(vias);
        this.pools = List.copyOf(pools);
        this.contested = contested;
    }

    public int size() {
        return keys.length;
    }

    /** {@link Prefix#key()} of the row; rows ascend by it. */
    public long key(int row) {
        return keys[row];
    }

    public Prefix prefix(int row) {
        return Prefix.ofKey(keys[row]);
    }

    /** The row's way in {@link #vias()}, or -1 for a blackhole. */
    public int viaNumber(int row) {
        return viaNumbers[row];
    }

    /** The way of the row, or null for a blackhole. */
    public @Nullable Via via(int row) {
        return viaNumbers[row] == BLACKHOLE ? null : vias.get(viaNumbers[row]);
    }

    /** The row's pool in {@link #pools()}. */
    public int poolNumber(int row) {
        return poolNumbers[row];
    }

    /** NextHopIndex by their numbers, each once; a number may be left over from routes that are gone. */
    public List<Via> vias() {
        return vias;
    }

    /** Whether there were two routes for one prefix, of which one had to go. */
    public boolean contested() {
        return contested;
    }

    /** Whether some route takes the way, by its number. */
    public boolean[] taken() {
        boolean[] taken = new boolean[vias.size()];
        for (int via : viaNumbers) {
            if (via != BLACKHOLE) {
                taken[via] = true;
            }
        }
        return taken;
    }

    /**
     * Tells the keys of the rows that take one of these ways.
     *
     * @param wanted whether a way is, by its number
     */
    public void forEachTaking(boolean[] wanted, LongConsumer receiver) {
        int[] numbers = viaNumbers;
        for (int row = 0; row < numbers.length; row++) {
            int via = numbers[row];
            if (via != BLACKHOLE && wanted[via]) {
                receiver.accept(keys[row]);
            }
        }
    }

    /** The row of a {@link Prefix#key()}; the row where it would be, less than 0 as -row - 1, if there is none. */
    public int find(long key) {
        return Arrays.binarySearch(keys, key);
    }

    /** How many routes each pool has, by its number. */
    public int[] sizes() {
        return sizes.clone();
    }

    /**
     * The rows of these prefixes alone.
     *
     * @param prefixes keys, ascending, each once
     */
    public DesiredRoutes only(long[] prefixes) {
        Builder some = new Builder(pools, prefixes.length);
        for (long prefix : prefixes) {
            int row = find(prefix);
            if (row >= 0) {
                some.add(prefix, viaNumbers[row], poolNumbers[row]);
            }
        }
        return some.build(vias);
    }

    /**
     * The same but for some prefixes, of which others have routes now. What lies between them is copied in one piece each.
     *
     * @param prefixes keys, ascending, each once
     * @param anew the routes of those prefixes; its ways and pools go on where these numbers end
     */
    public DesiredRoutes with(long[] prefixes, DesiredRoutes anew) {
        int removed = 0;
        int[] sizesNow = Arrays.copyOf(sizes, anew.pools.size());
        for (long prefix : prefixes) {
            int row = find(prefix);
            if (row >= 0) {
                removed++;
                sizesNow[poolNumbers[row]]--;
            }
        }
        for (int pool : anew.poolNumbers) {
            sizesNow[pool]++;
        }
        Builder all = new Builder(anew.pools, size() - removed + anew.size());
        int copied = 0;
        int added = 0;
        for (long prefix : prefixes) {
            int found = find(prefix);
            int row = found < 0 ? -found - 1 : found;
            all.add(this, copied, row);
            copied = found < 0 ? row : row + 1;
            if (added < anew.size() && anew.keys[added] == prefix) {
                all.add(anew, added, added + 1);
                added++;
            }
        }
        all.add(this, copied, size());
        return all.asAdded(anew.vias, sizesNow);
    }

    /** Names of the routed pools; a pool without routes is among them. */
    public List<String> pools() {
        return pools;
    }

    /** Collects rows in any order; where a prefix comes twice the one added last stands. */
    public static final class Builder {

        private final List<String> pools;
        private int size;
        private boolean contested;
        private long[] keys;
        private int[] viaNumbers;
        private int[] poolNumbers;

        /**
         * Rows name pools by their place in the list.
         *
         * @param capacity how many rows to expect
         */
        public Builder(List<String> pools, int capacity) {
            this.pools = pools;
            this.keys = new long[capacity];
            this.viaNumbers = new int[capacity];
            this.poolNumbers = new int[capacity];
        }

        private void add(DesiredRoutes routes, int from, int to) {
            contested |= routes.contested;
            System.arraycopy(routes.keys, from, keys, size, to - from);
            System.arraycopy(routes.viaNumbers, from, viaNumbers, size, to - from);
            System.arraycopy(routes.poolNumbers, from, poolNumbers, size, to - from);
            size += to - from;
        }

        public void blackhole(Prefix prefix, int pool) {
            add(prefix.key(), BLACKHOLE, pool);
        }

        public void route(Prefix prefix, int via, int pool) {
            add(prefix.key(), via, pool);
        }

        private void add(long key, int via, int pool) {
            if (size == keys.length) {
                int room = Math.max(16, size * 2);
                keys = Arrays.copyOf(keys, room);
                viaNumbers = Arrays.copyOf(viaNumbers, room);
                poolNumbers = Arrays.copyOf(poolNumbers, room);
            }
            keys[size] = key;
            viaNumbers[size] = via;
            poolNumbers[size] = pool;
            size++;
        }

        private boolean ascending() {
            for (int row = 1; row < size; row++) {
                if (keys[row - 1] >= keys[row]) {
                    return false;
                }
            }
            return true;
        }

        /** Rows that were added in order, each prefix once. */
        private DesiredRoutes asAdded(List<Via> vias, int[] sizes) {
            return new DesiredRoutes(
                    cut(keys, size), cut(viaNumbers, size), cut(poolNumbers, size), sizes, vias, pools, contested);
        }

        private int[] sizes(int[] ofRows, int rows) {
            int[] sizes = new int[pools.size()];
            for (int row = 0; row < rows; row++) {
                sizes[ofRows[row]]++;
            }
            return sizes;
        }

        /** @param vias the ways that rows name by their place in it */
        public DesiredRoutes build(List<Via> vias) {
            if (ascending()) {
                return asAdded(vias, sizes(poolNumbers, size));
            }
            // The key takes 38 bits; the row's number fits beside it and keeps the order of rows with one key.
            long[] order = new long[size];
            for (int row = 0; row < size; row++) {
                order[row] = keys[row] << 25 | row;
            }
            Arrays.sort(order);
            long[] sortedKeys = new long[size];
            int[] sortedVias = new int[size];
            int[] sortedPools = new int[size];
            int rows = 0;
            for (long entry : order) {
                int row = (int) (entry & (1 << 25) - 1);
                if (rows > 0 && sortedKeys[rows - 1] == keys[row]) {
                    rows--;
                }
                sortedKeys[rows] = keys[row];
                sortedVias[rows] = viaNumbers[row];
                sortedPools[rows] = poolNumbers[row];
                rows++;
            }
            return new DesiredRoutes(
                    cut(sortedKeys, rows),
                    cut(sortedVias, rows),
                    cut(sortedPools, rows),
                    sizes(sortedPools, rows),
                    vias,
                    pools,
                    contested || rows < size);
        }

        private static long[] cut(long[] column, int rows) {
            return column.length == rows ? column : Arrays.copyOf(column, rows);
        }

        private static int[] cut(int[] column, int rows) {
            return column.length == rows ? column : Arrays.copyOf(column, rows);
        }
    }
}
