package io.culvert.operator.snapshot;

import io.culvert.operator.calico.Decoded;
import io.culvert.operator.etcd.Stored;
import org.jspecify.annotations.Nullable;

/**
 * One kind of key that snapshots are made of: its keys, the decoding of their values, and the values in force.
 *
 * @param <T> what a value is decoded to
 */
interface KeyKind<T> {

    /** As a rejected value names it: {@code IPPool}. */
    String name();

    /** How its keys begin. */
    String prefix();

    /** Whether a key with the prefix matters. */
    default boolean includes(String key) {
        return true;
    }

    /** The decoded value; null if the key is ignored. */
    @Nullable
    Decoded<T> decode(Stored stored);

    /** The value in force at a key. */
    @Nullable
    T get(String key);

    void put(String key, T value);

    void remove(String key);

    /** The same kind among other values. */
    KeyKind<T> in(InForce other);
}
