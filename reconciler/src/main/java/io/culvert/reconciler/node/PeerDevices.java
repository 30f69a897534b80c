package io.culvert.reconciler.node;

import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.Arrays;
import java.util.OptionalInt;

/** The device by which packets to an address leave, as the foreign routes of the main table say. Pure. */
final class PeerDevices {

    private static final int LENGTHS = 33;

    private final FibState fib;
    private final boolean[] present = new boolean[LENGTHS];
    private final long[] keys;
    private final int[] rows;

    /** @param own marks of our routes, none of which covers a node address */
    PeerDevices(FibState fib, RouteProtocols own) {
        this.fib = fib;
        RouteTable routes = fib.routes();
        long[] foreignKeys = new long[16];
        int[] foreignRows = new int[16];
        int size = 0;
        for (int row = 0; row < routes.size(); row++) {
            if (routes.type(row) != RouteTable.UNICAST || own.owns(routes.protocol(row))) {
                continue;
            }
            if (size == foreignRows.length) {
                foreignKeys = Arrays.copyOf(foreignKeys, 2 * size);
                foreignRows = Arrays.copyOf(foreignRows, 2 * size);
            }
            foreignKeys[size] = routes.key(row);
            foreignRows[size++] = row;
            present[Prefix.lengthOfKey(routes.key(row))] = true;
        }
        keys = Arrays.copyOf(foreignKeys, size);
        rows = foreignRows;
    }

    /** Its index; empty if no route leads there. */
    OptionalInt towards(Address address) {
        for (int length = LENGTHS - 1; length >= 0; length--) {
            int found =
                    present[length] ? first(Prefix.containing(address, length).key()) : -1;
            if (found >= 0) {
                return device(rows[found]);
            }
        }
        return OptionalInt.empty();
    }

    /** The first row of a prefix has its lowest metric. */
    private int first(long key) {
        int found = Arrays.binarySearch(keys, key);
        while (found > 0 && keys[found - 1] == key) {
            found--;
        }
        return found;
    }

    private OptionalInt device(int row) {
        int device = fib.routes().device(row);
        if (device != 0) {
            return OptionalInt.of(device);
        }
        int id = fib.routes().nextHop(row);
        return fib.nextHops().stream()
                .filter(nextHop -> nextHop.id() == id && nextHop.device() != 0)
                .mapToInt(NextHop::device)
                .findFirst();
    }
}
