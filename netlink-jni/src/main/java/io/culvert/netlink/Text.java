package io.culvert.netlink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Text in a record: bytes up to a NUL. The kernel promises no encoding; what is not UTF-8 becomes U+FFFD. */
final class Text {

    private Text() {}

    /** The text that starts at an offset and is shorter than {@code size} bytes. */
    static String at(ByteBuffer records, int offset, int size) {
        byte[] bytes = new byte[size];
        int length = 0;
        while (length < size && records.get(offset + length) != 0) {
            bytes[length] = records.get(offset + length);
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Writes text and fills the field with NULs. Text that does not fit is left without a NUL, which C refuses. */
    static void put(ByteBuffer records, int offset, int size, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < size; i++) {
            records.put(offset + i, i < bytes.length ? bytes[i] : 0);
        }
    }
}
