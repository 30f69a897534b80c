package io.culvert.reconciler.resource;

import io.culvert.reconciler.net.Prefix;

/** A node's claim on a block. Only a confirmed one counts for routing. */
public record Affinity(String node, Prefix block, State state) {

    /** The state of a claim or a release. */
    public enum State {
        PENDING,
        CONFIRMED,
        PENDING_DELETION
    }
}
