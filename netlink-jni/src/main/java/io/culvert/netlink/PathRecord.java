package io.culvert.netlink;

import io.culvert.netlink.Layout.Field;
import java.nio.ByteBuffer;
import java.util.List;

/** A learned path MTU, {@code struct culvert_path} of {@code culvert_netlink.h}: a flyweight over a buffer of records. */
final class PathRecord {

    static final int SIZE = 8;

    private static final int DESTINATION = 0;
    private static final int MTU = 4;

    static final List<Field> FIELDS = List.of(new Field("destination", DESTINATION, 4), new Field("mtu", MTU, 4));

    private final ByteBuffer records;
    private int start;

    PathRecord(ByteBuffer records) {
        this.records = records;
    }

    /** Moves to the record with that index. */
    PathRecord at(int i) {
        start = i * SIZE;
        return this;
    }

    int destination() {
        return records.getInt(start + DESTINATION);
    }

    int mtu() {
        return records.getInt(start + MTU);
    }
}
