package io.culvert.operator.etcd;

import io.etcd.jetcd.ByteSequence;
import java.nio.charset.StandardCharsets;

/**
 * Keys that lie together in etcd's order.
 *
 * @param start the first key
 * @param end the first key behind the last
 */
public record KeyRange(String start, String end) {

    /** All keys with a prefix, which ends in ASCII. */
    static KeyRange withPrefix(String prefix) {
        return between(prefix, prefix);
    }

    /** From the first key with the one prefix to the last key with the other. */
    public static KeyRange between(String firstPrefix, String lastPrefix) {
        int last = lastPrefix.length() - 1;
        return new KeyRange(firstPrefix, lastPrefix.substring(0, last) + (char) (lastPrefix.charAt(last) + 1));
    }

    ByteSequence startBytes() {
        return bytes(start);
    }

    ByteSequence endBytes() {
        return bytes(end);
    }

    /** A key as jetcd has it. */
    static ByteSequence bytes(String key) {
        return ByteSequence.from(key, StandardCharsets.UTF_8);
    }

    /** A key as we have it. */
    static String text(ByteSequence key) {
        return key.toString(StandardCharsets.UTF_8);
    }
}
