package io.culvert.netlink;

import io.culvert.netlink.Layout.Field;
import java.nio.ByteBuffer;
import java.util.List;

/** A next-hop object, {@code struct culvert_nexthop} of {@code culvert_netlink.h}: a flyweight over a buffer of records. */
final class NextHopRecord {

    static final int SIZE = 32;

    private static final int ID = 0;
    private static final int GATEWAY = 4;
    private static final int INDEX = 8;
    private static final int FLAGS = 12;
    private static final int PROTOCOL = 16;
    private static final int HOP = 19;
    private static final int EXTRAS = 20;
    private static final int MEMBER = 24;

    static final List<Field> FIELDS = List.of(
            new Field("id", ID, 4),
            new Field("gateway", GATEWAY, 4),
            new Field("index", INDEX, 4),
            new Field("flags", FLAGS, 4),
            new Field("protocol", PROTOCOL, 1),
            new Field("family", 17, 1),
            new Field("scope", 18, 1),
            new Field("hop", HOP, 1),
            new Field("extras", EXTRAS, 4),
            new Field("member", MEMBER, 4));

    private final ByteBuffer records;
    private int start;

    NextHopRecord(ByteBuffer records) {
        this.records = records;
    }

    /** Moves to the record with that index. */
    NextHopRecord at(int i) {
        start = i * SIZE;
        return this;
    }

    int id() {
        return records.getInt(start + ID);
    }

    int gateway() {
        return records.getInt(start + GATEWAY);
    }

    int index() {
        return records.getInt(start + INDEX);
    }

    int flags() {
        return records.getInt(start + FLAGS);
    }

    int protocol() {
        return records.get(start + PROTOCOL) & 255;
    }

    int hop() {
        return records.get(start + HOP) & 255;
    }

    int member() {
        return records.getInt(start + MEMBER);
    }

    int extras() {
        return records.getInt(start + EXTRAS);
    }
}
