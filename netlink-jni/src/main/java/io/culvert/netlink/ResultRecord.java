package io.culvert.netlink;

import io.culvert.netlink.Layout.Field;
import java.nio.ByteBuffer;
import java.util.List;

/** The result of an operation, {@code struct culvert_result} of {@code culvert_netlink.h}: a flyweight over a buffer of records. */
final class ResultRecord {

    static final int SIZE = 128;

    private static final int ERROR = 0;
    private static final int OFFSET = 4;
    private static final int TEXT = 8;
    private static final int TEXT_SIZE = 120;

    static final List<Field> FIELDS =
            List.of(new Field("error", ERROR, 4), new Field("offset", OFFSET, 4), new Field("text", TEXT, TEXT_SIZE));

    private final ByteBuffer records;
    private int start;

    ResultRecord(ByteBuffer records) {
        this.records = records;
    }

    /** Moves to the record with that index. */
    ResultRecord at(int i) {
        start = i * SIZE;
        return this;
    }

    /** 0, or a positive error number. */
    int error() {
        return records.getInt(start + ERROR);
    }

    /** The kernel's explanation of an error; empty if there is none. */
    String text() {
        return Text.at(records, start + TEXT, TEXT_SIZE);
    }
}
