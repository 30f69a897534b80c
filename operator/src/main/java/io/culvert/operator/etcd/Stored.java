package io.culvert.operator.etcd;

/**
 * A key and its value in etcd. The array is shared, not to be written to, and compared by identity: nobody compares these.
 *
 * @param createRevision the store's revision when the key came to be
 * @param modRevision the store's revision when it last changed
 * @param version number of changes since it came to be, from 1
 */
@SuppressWarnings("ArrayRecordComponent")
public record Stored(String key, byte[] value, long createRevision, long modRevision, long version) {}
