package io.culvert.reconciler.resolve;

import io.culvert.reconciler.resource.Snapshot;

/**
 * {@code resolve(Snapshot, LocalNode) → DesiredState}: one pass over what nodes hold. A block is routed to its owner when the
 * owner's affinity is confirmed; an address that another node borrowed out of it, to the borrower. The encapsulation
 * follows from the pool's mode and from whether the two nodes are in one subnet. Immutable.
 */
public final class Resolver {

    private final Holdings holdings;

    private Resolver(Holdings holdings) {
        this.holdings = holdings;
    }

    /** Prepares what is the same for every node, to resolve for several of them. */
    public static Resolver of(Snapshot snapshot) {
        return new Resolver(Holdings.of(snapshot));
    }

    /** What the local node's kernel should hold at this snapshot. Pure. */
    public static DesiredState resolve(Snapshot snapshot, LocalNode local) {
        return of(snapshot).resolve(local);
    }

    /** What the local node's kernel should hold. Pure. */
    public DesiredState resolve(LocalNode local) {
        return new Resolution(holdings, local).carryOut();
    }
}
