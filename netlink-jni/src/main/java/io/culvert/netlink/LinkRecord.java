package io.culvert.netlink;

import io.culvert.netlink.Layout.Field;
import java.nio.ByteBuffer;
import java.util.List;

/** A network device, {@code struct culvert_link} of {@code culvert_netlink.h}: a flyweight over a buffer of records. */
final class LinkRecord {

    static final int SIZE = 72;

    private static final int INDEX = 0;
    private static final int FLAGS = 4;
    private static final int MTU = 8;
    private static final int LOCAL = 12;
    private static final int REMOTE = 16;
    private static final int LOWER = 20;
    private static final int PMTUDISC = 30;
    private static final int MASTER = 36;
    private static final int NAME = 40;
    private static final int KIND = 56;

    static final List<Field> FIELDS = List.of(
            new Field("index", INDEX, 4),
            new Field("flags", FLAGS, 4),
            new Field("mtu", MTU, 4),
            new Field("local", LOCAL, 4),
            new Field("remote", REMOTE, 4),
            new Field("lower", LOWER, 4),
            new Field("extras", 24, 4),
            new Field("ttl", 28, 1),
            new Field("tos", 29, 1),
            new Field("pmtudisc", PMTUDISC, 1),
            new Field("proto", 31, 1),
            new Field("operstate", 32, 1),
            new Field("master", MASTER, 4),
            new Field("name", NAME, 16),
            new Field("kind", KIND, 16));

    private final ByteBuffer records;
    private int start;

    LinkRecord(ByteBuffer records) {
        this.records = records;
    }

    /** Moves to the record with that index. */
    LinkRecord at(int i) {
        start = i * SIZE;
        return this;
    }

    int index() {
        return records.getInt(start + INDEX);
    }

    int flags() {
        return records.getInt(start + FLAGS);
    }

    int mtu() {
        return records.getInt(start + MTU);
    }

    int local() {
        return records.getInt(start + LOCAL);
    }

    int remote() {
        return records.getInt(start + REMOTE);
    }

    int lower() {
        return records.getInt(start + LOWER);
    }

    boolean pmtudisc() {
        return records.get(start + PMTUDISC) != 0;
    }

    int master() {
        return records.getInt(start + MASTER);
    }

    String name() {
        return Text.at(records, start + NAME, 16);
    }

    String kind() {
        return Text.at(records, start + KIND, 16);
    }
}
