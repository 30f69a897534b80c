package io.culvert.netlink;

import io.culvert.netlink.Layout.Field;
import java.nio.ByteBuffer;
import java.util.List;

/** A route of the IPv4 main table, {@code struct culvert_route} of {@code culvert_netlink.h}: a flyweight over a buffer of records. */
final class RouteRecord {

    static final int SIZE = 40;

    private static final int PREFIX = 0;
    private static final int NEXTHOP = 4;
    private static final int GATEWAY = 8;
    private static final int INDEX = 12;
    private static final int METRIC = 16;
    private static final int PREFIX_LENGTH = 24;
    private static final int TOS = 25;
    private static final int TYPE = 26;
    private static final int PROTOCOL = 27;
    private static final int HOP = 29;
    private static final int SOURCE = 32;

    static final List<Field> FIELDS = List.of(
            new Field("prefix", PREFIX, 4),
            new Field("nexthop", NEXTHOP, 4),
            new Field("gateway", GATEWAY, 4),
            new Field("index", INDEX, 4),
            new Field("metric", METRIC, 4),
            new Field("flags", 20, 4),
            new Field("prefix_length", PREFIX_LENGTH, 1),
            new Field("tos", TOS, 1),
            new Field("type", TYPE, 1),
            new Field("protocol", PROTOCOL, 1),
            new Field("scope", 28, 1),
            new Field("hop", HOP, 1),
            new Field("extras", 30, 2),
            new Field("source", SOURCE, 4));

    private final ByteBuffer records;
    private int start;

    RouteRecord(ByteBuffer records) {
        this.records = records;
    }

    /** Moves to the record with that index. */
    RouteRecord at(int i) {
        start = i * SIZE;
        return this;
    }

    int prefix() {
        return records.getInt(start + PREFIX);
    }

    int nexthop() {
        return records.getInt(start + NEXTHOP);
    }

    int gateway() {
        return records.getInt(start + GATEWAY);
    }

    int index() {
        return records.getInt(start + INDEX);
    }

    int metric() {
        return records.getInt(start + METRIC);
    }

    int prefixLength() {
        return records.get(start + PREFIX_LENGTH) & 255;
    }

    int tos() {
        return records.get(start + TOS) & 255;
    }

    int type() {
        return records.get(start + TYPE) & 255;
    }

    int protocol() {
        return records.get(start + PROTOCOL) & 255;
    }

    int hop() {
        return records.get(start + HOP) & 255;
    }

    int source() {
        return records.getInt(start + SOURCE);
    }
}
