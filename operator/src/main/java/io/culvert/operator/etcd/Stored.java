package io.culvert.operator.etcd;

import io.etcd.jetcd.KeyValue;
import java.nio.charset.StandardCharsets;

/**
 * A key and its value in etcd. The array is shared: do not write to it. It is compared by identity; nobody compares these.
 *
 * @param createRevision the store's revision when the key came to be
 * @param modRevision the store's revision when it last changed
 * @param version number of changes since it came to be, from 1
 */
@SuppressWarnings("ArrayRecordComponent")
public record Stored(String key, byte[] value, long createRevision, long modRevision, long version)
        implements KeyChange {

    static Stored of(KeyValue kv) {
        return new Stored(
                kv.getKey().toString(StandardCharsets.UTF_8),
                kv.getValue().getBytes(),
                kv.getCreateRevision(),
                kv.getModRevision(),
                kv.getVersion());
    }
}
