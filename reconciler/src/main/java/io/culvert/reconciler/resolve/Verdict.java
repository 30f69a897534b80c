package io.culvert.reconciler.resolve;

import io.culvert.reconciler.desired.Via;

/** The decision of a node about a block, or about an address that was borrowed out of one. */
public sealed interface Verdict {

    /**
     * It gets a route to a peer.
     *
     * @param peerReady whether the peer can receive packets by this next hop; false while a peer that is reached by tunnel has no
     *     tunnel address
     */
    record Route(Via via, boolean peerReady) implements Verdict {}

    /**
     * It gets no route, and the node reports that.
     *
     * @param reason one sentence for a person
     */
    record LeftOut(String reason) implements Verdict {}

    /** Decisions without details. */
    enum Plain implements Verdict {
        /** The node's own block: packets to addresses without a workload are dropped. */
        BLACKHOLE,
        /** An own block of a single address: the workload's route covers it. */
        OWN_ADDRESS,
        /** The node itself borrowed it. */
        BORROWED_HERE,
        /** No node owns the block. */
        UNOWNED,
        /** The owner's claim is not confirmed. */
        UNCONFIRMED,
        /** The pool uses VXLAN, which is left to Calico. */
        LEFT_TO_VXLAN,
        /** In no pool, and without a confirmed owner. */
        OUTSIDE_POOLS
    }

    /** Whether the kernel gets a route for it. */
    default boolean routed() {
        return this instanceof Route || this == Plain.BLACKHOLE;
    }
}
