package io.culvert.reconciler.resolve;

import io.culvert.reconciler.desired.Via;

/** What becomes of a block, or of an address that was borrowed out of one, on a node. */
public sealed interface Verdict {

    /**
     * It gets a route to a peer.
     *
     * @param peerReady whether the peer can receive what is sent that way; false while a peer that is reached by tunnel names
     *     no tunnel address
     */
    record Route(Via via, boolean peerReady) implements Verdict {}

    /**
     * It gets no route, and the node complains of that.
     *
     * @param reason one sentence for a person
     */
    record LeftOut(String reason) implements Verdict {}

    /** What needs no further word. */
    enum Plain implements Verdict {
        /** The node's own block: what no workload of its own answers to goes nowhere. */
        BLACKHOLE,
        /** An own block of a single address, which the workload's route covers wholly. */
        OWN_ADDRESS,
        /** The node itself borrowed it. */
        BORROWED_HERE,
        /** No node owns the block. */
        UNOWNED,
        /** The owner's claim is not confirmed. */
        UNCONFIRMED,
        /** The pool is VXLAN's. */
        LEFT_TO_VXLAN,
        /** In no pool, and nobody's for certain. */
        OUTSIDE_POOLS
    }

    /** Whether the kernel gets a route for it. */
    default boolean routed() {
        return this instanceof Route || this == Plain.BLACKHOLE;
    }
}
