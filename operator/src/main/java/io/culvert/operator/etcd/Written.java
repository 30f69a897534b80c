package io.culvert.operator.etcd;

import java.util.Optional;

/** The outcome of a compare-and-swap. */
public sealed interface Written {

    /** It happened, at this store revision, which is the key's new mod revision. */
    record Done(long revision) implements Written {}

    /** It did not, because the key is not as expected; empty if it does not exist. */
    record Conflict(Optional<Stored> found) implements Written {}

    /** Whether it happened. */
    default boolean done() {
        return this instanceof Done;
    }
}
