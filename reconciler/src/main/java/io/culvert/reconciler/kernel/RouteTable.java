package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one table as observed once, sorted by prefix, then metric. Packed: a row is 22 bytes in parallel arrays, so
 * that half a million routes are a few megabytes and a diff is one merge pass. Immutable once built.
 */
public final class RouteTable {

    /** {@code RTN_UNICAST}, {@code linux/rtnetlink.h}. */
    public static final byte UNICAST = 1;

    /** {@code RTN_BLACKHOLE}, {@code linux/rtnetlink.h}. */
    public static final byte BLACKHOLE = 6;

    /** The greatest {@code RTA_PRIORITY}, 4294967295: every other route of the prefix goes before this one. */
    public static final int LAST_METRIC = -1;

    public static final RouteTable EMPTY = new Builder().build();

    private final long[] keys;
    private final int[] metrics;
    private final int[] nextHops;
    private final int[] gateways;
    private final int[] devices;
    private final byte[] types;
    private final byte[] protocols;

    private RouteTable(Builder sorted) {
        boolean exact = sorted.keys.length == sorted.size;
        keys = exact ? sorted.keys : Arrays.copyOf(sorted.keys, sorted.size);
        metrics = exact ? sorted.metrics : Arrays.copyOf(sorted.metrics, sorted.size);
        nextHops = exact ? sorted.nextHops : Arrays.copyOf(sorted.nextHops, sorted.size);
        gateways = exact ? sorted.gateways : Arrays.copyOf(sorted.gateways, sorted.size);
        devices = exact ? sorted.devices : Arrays.copyOf(sorted.devices, sorted.size);
        types = exact ? sorted.types : Arrays.copyOf(sorted.types, sorted.size);
        protocols = exact ? sorted.protocols : Arrays.copyOf(sorted.protocols, sorted.size);
    }

    public int size() {
        return keys.length;
    }

    /** {@link Prefix#key()} of the row; rows ascend by it. */
    public long key(int row) {
        return keys[row];
    }

    /** {@code RTA_PRIORITY}, 0 if absent. */
    public int metric(int row) {
        return metrics[row];
    }

    /** {@code RTA_NH_ID}, 0 if the route has none. */
    public int nextHop(int row) {
        return nextHops[row];
    }

    /** {@code RTA_OIF}, 0 if the route has none. */
    public int device(int row) {
        return devices[row];
    }

    /** {@code rtm_type}. */
    public byte type(int row) {
        return types[row];
    }

    /** {@code rtm_protocol}, 0 to 255: the origin mark. */
    public int protocol(int row) {
        return protocols[row] & 255;
    }

    /** {@code RTA_GATEWAY}, or null if the route has none. */
    public @Nullable Address gateway(int row) {
        return gateways[row] == 0 ? null : new Address(gateways[row]);
    }

    public Prefix prefix(int row) {
        return Prefix.ofKey(keys[row]);
    }

    /** The first row whose key is not below the given one; {@link #size()} if there is none. */
    public int firstAtOrAfter(long key) {
        int low = 0;
        int high = keys.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (keys[middle] < key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Collects rows in any order. For one table; not for more than one thread. */
    public static final class Builder {

        private int size;
        private long[] keys;
        private int[] metrics;
        private int[] nextHops;
        private int[] gateways;
        private int[] devices;
        private byte[] types;
        private byte[] protocols;

        public Builder() {
            this(64);
        }

        /** @param rows how many to expect; with exactly as many nothing is copied */
        public Builder(int rows) {
            keys = new long[rows];
            metrics = new int[rows];
            nextHops = new int[rows];
            gateways = new int[rows];
            devices = new int[rows];
            types = new byte[rows];
            protocols = new byte[rows];
        }

        /**
         * Adds a route.
         *
         * @param prefixKey {@link Prefix#key()}
         * @param gateway the gateway's bits in host order, 0 for none
         */
        public Builder add(long prefixKey, int metric, int nextHop, int gateway, int device, int type, int protocol) {
            if (size == keys.length) {
                grow();
            }
            keys[size] = prefixKey;
            metrics[size] = metric;
            nextHops[size] = nextHop;
            gateways[size] = gateway;
            devices[size] = device;
            types[size] = (byte) type;
            protocols[size] = (byte) protocol;
            size++;
            return this;
        }

        /** Adds a row of another table. */
        public Builder add(RouteTable table, int row) {
            return add(
                    table.keys[row],
                    table.metrics[row],
                    table.nextHops[row],
                    table.gateways[row],
                    table.devices[row],
                    table.types[row],
                    table.protocols[row]);
        }

        private void grow() {
            int capacity = Math.max(64, size * 2);
            keys = Arrays.copyOf(keys, capacity);
            metrics = Arrays.copyOf(metrics, capacity);
            nextHops = Arrays.copyOf(nextHops, capacity);
            gateways = Arrays.copyOf(gateways, capacity);
            devices = Arrays.copyOf(devices, capacity);
            types = Arrays.copyOf(types, capacity);
            protocols = Arrays.copyOf(protocols, capacity);
        }

        public RouteTable build() {
            return new RouteTable(isSorted() ? this : sorted());
        }

        private boolean isSorted() {
            for (int row = 1; row < size; row++) {
                if (compare(row - 1, row) > 0) {
                    return false;
                }
            }
            return true;
        }

        private Builder sorted() {
            // The key takes 38 bits; the row's number fits beside it, so primitive longs can be sorted.
            long[] order = new long[size];
            for (int row = 0; row < size; row++) {
                order[row] = keys[row] << 25 | row;
            }
            Arrays.sort(order);
            Builder result = new Builder(size);
            for (long entry : order) {
                int row = (int) (entry & (1 << 25) - 1);
                result.add(
                        keys[row],
                        metrics[row],
                        nextHops[row],
                        gateways[row],
                        devices[row],
                        types[row],
                        protocols[row]);
                result.sinkByMetric();
            }
            return result;
        }

        private void sinkByMetric() {
            for (int row = size - 1; row > 0 && compare(row - 1, row) > 0; row--) {
                swap(row - 1, row);
            }
        }

        private int compare(int a, int b) {
            int byKey = Long.compare(keys[a], keys[b]);
            return byKey != 0 ? byKey : Integer.compareUnsigned(metrics[a], metrics[b]);
        }

        private void swap(int a, int b) {
            long key = keys[a];
            keys[a] = keys[b];
            keys[b] = key;
            swap(metrics, a, b);
            swap(nextHops, a, b);
            swap(gateways, a, b);
            swap(devices, a, b);
            swap(types, a, b);
            swap(protocols, a, b);
        }

        private static void swap(int[] column, int a, int b) {
            int value = column[a];
            column[a] = column[b];
            column[b] = value;
        }

        private static void swap(byte[] column, int a, int b) {
            byte value = column[a];
            column[a] = column[b];
            column[b] = value;
        }
    }
}
