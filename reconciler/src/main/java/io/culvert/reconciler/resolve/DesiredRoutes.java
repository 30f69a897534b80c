package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.Prefix;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes a node should have, sorted by prefix, each prefix once. Packed: a row is 16 bytes; peers and pools are
 * numbered. Immutable.
 */
public final class DesiredRoutes {

    public static final DesiredRoutes EMPTY =
            new DesiredRoutes(new long[0], new int[0], new int[0], List.of(), List.of());

    private static final int BLACKHOLE = -1;

    private final long[] keys;
    private final int[] viaNumbers;
    private final int[] poolNumbers;
    private final List<Via> vias;
    private final List<String> pools;

    private DesiredRoutes(long[] keys, int[] viaNumbers, int[] poolNumbers, List<Via> vias, List<String> pools) {
        this.keys = keys;
        this.viaNumbers = viaNumbers;
        this.poolNumbers = poolNumbers;
        this.vias = List.copyOf(vias);
        this.pools = List.copyOf(pools);
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

    /** All ways that some route takes, each once. */
    public List<Via> vias() {
        return vias;
    }

    /** Names of the routed pools; a pool without routes is among them. */
    public List<String> pools() {
        return pools;
    }

    /** Collects rows in any order; where a prefix comes twice the one added last stands. */
    static final class Builder {

        private final List<Via> vias;
        private final List<String> pools;
        private int size;
        private long[] keys = new long[64];
        private int[] viaNumbers = new int[64];
        private int[] poolNumbers = new int[64];

        /** Rows name ways and pools by their place in these lists. */
        Builder(List<Via> vias, List<String> pools) {
            this.vias = vias;
            this.pools = pools;
        }

        void blackhole(Prefix prefix, int pool) {
            add(prefix, BLACKHOLE, pool);
        }

        void route(Prefix prefix, int via, int pool) {
            add(prefix, via, pool);
        }

        private void add(Prefix prefix, int via, int pool) {
            if (size == keys.length) {
                keys = Arrays.copyOf(keys, size * 2);
                viaNumbers = Arrays.copyOf(viaNumbers, size * 2);
                poolNumbers = Arrays.copyOf(poolNumbers, size * 2);
            }
            keys[size] = prefix.key();
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

        DesiredRoutes build() {
            if (ascending()) {
                return new DesiredRoutes(
                        Arrays.copyOf(keys, size),
                        Arrays.copyOf(viaNumbers, size),
                        Arrays.copyOf(poolNumbers, size),
                        vias,
                        pools);
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
                    Arrays.copyOf(sortedKeys, rows),
                    Arrays.copyOf(sortedVias, rows),
                    Arrays.copyOf(sortedPools, rows),
                    vias,
                    pools);
        }
    }
}
