package io.culvert.operator.etcd;

/** What a watch reports of one key: its new value, or that it is gone. A {@link Stored} is both, so that no event is wrapped. */
public sealed interface KeyChange permits Stored, KeyChange.Removed {

    String key();

    /** The store's revision of this change. */
    long modRevision();

    /** The key is gone. */
    record Removed(String key, long modRevision) implements KeyChange {}
}
