package io.culvert.netlink;

import io.culvert.netlink.Layout.Field;
import io.culvert.reconciler.net.Prefix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** A range of addresses, {@code struct culvert_range} of {@code culvert_netlink.h}. */
final class RangeRecord {

    static final int SIZE = 8;

    private static final int FIRST = 0;
    private static final int LAST = 4;

    static final List<Field> FIELDS = List.of(new Field("first", FIRST, 4), new Field("last", LAST, 4));

    private RangeRecord() {}

    /** Records of what the prefixes cover, sorted and apart. */
    static ByteBuffer of(Collection<Prefix> prefixes) {
        ByteBuffer records = ByteBuffer.allocateDirect(prefixes.size() * SIZE).order(ByteOrder.nativeOrder());
        long end = -1;
        // A prefix sorts before those it contains.
        for (Prefix prefix : new TreeSet<>(prefixes)) {
            long first = Integer.toUnsignedLong(prefix.bits());
            if (first > end) {
                end = first + prefix.size() - 1;
                records.putInt((int) first).putInt((int) end);
            }
        }
        return records.flip();
    }
}
