package io.culvert.netlink;

import io.culvert.netlink.Layout.Field;
import java.nio.ByteBuffer;
import java.util.List;

/** An IPv4 address on a device, {@code struct culvert_address} of {@code culvert_netlink.h}: a flyweight over a buffer of records. */
final class AddressRecord {

    static final int SIZE = 24;

    private static final int INDEX = 0;
    private static final int ADDRESS = 4;
    private static final int PREFIX_LENGTH = 16;

    static final List<Field> FIELDS = List.of(
            new Field("index", INDEX, 4),
            new Field("address", ADDRESS, 4),
            new Field("peer", 8, 4),
            new Field("flags", 12, 4),
            new Field("prefix_length", PREFIX_LENGTH, 1),
            new Field("scope", 17, 1));

    private final ByteBuffer records;
    private int start;

    AddressRecord(ByteBuffer records) {
        this.records = records;
    }

    /** Moves to the record with that index. */
    AddressRecord at(int i) {
        start = i * SIZE;
        return this;
    }

    int index() {
        return records.getInt(start + INDEX);
    }

    int address() {
        return records.getInt(start + ADDRESS);
    }

    int prefixLength() {
        return records.get(start + PREFIX_LENGTH) & 255;
    }
}
