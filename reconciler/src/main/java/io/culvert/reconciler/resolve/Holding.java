package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Node;
import org.jspecify.annotations.Nullable;

/**
 * A prefix that a node holds: a block, or an address that was borrowed out of it.
 *
 * @param pool place of its pool in the snapshot's order; {@link Cluster#NO_POOL} if it is in none
 * @param holder name of the node that its packets belong to: a borrower, else the block's owner; null if free
 * @param peer that node, where it is registered
 * @param borrowed whether it is an address that a node other than the block's owner holds
 * @param confirmed whether the owner's claim on the block is confirmed
 * @param covers a node address in the prefix, null if there is none
 */
record Holding(
        Prefix prefix,
        Block block,
        int pool,
        @Nullable String holder,
        @Nullable Peer peer,
        boolean borrowed,
        boolean confirmed,
        @Nullable Address covers) {

    /** A registered node, numbered from 0. */
    record Peer(int number, Node node) {}
}
