package io.culvert.reconciler.resolve;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code resolve(Snapshot, LocalNode) → DesiredState}: one pass over what nodes hold. A block is routed to its owner when the
 * owner's affinity is confirmed; an address that another node borrowed out of it, to the borrower. The encapsulation
 * follows from the pool's mode and from whether the two nodes are in one subnet. Immutable.
 */
public final class Resolver {

    private final Snapshot snapshot;
    private final Cluster cluster;
    private final List<Holding> holdings = new ArrayList<>();

    private Resolver(Snapshot snapshot) {
        this.snapshot = snapshot;
        this.cluster = Cluster.of(snapshot);
        new Holdings(snapshot, cluster).forEach(holdings::add);
    }

    /** Prepares what is the same for every node, to resolve for several of them. */
    public static Resolver of(Snapshot snapshot) {
        return new Resolver(snapshot);
    }

    /** What the local node's kernel should hold at this snapshot. Pure. */
    public static DesiredState resolve(Snapshot snapshot, LocalNode local) {
        return Resolved.of(snapshot, local).desired();
    }

    /** What the local node's kernel should hold. Pure. */
    public DesiredState resolve(LocalNode local) {
        Decisions decisions = new Decisions(cluster, snapshot.felixFor(local.name()), local);
        Resolution resolution =
                new Resolution(decisions, NextHopIndex.of(cluster), cluster.poolNames(), holdings.size());
        holdings.forEach(resolution::add);
        return Resolved.state(
                NodeObjects.of(snapshot, cluster, local), resolution.routes(), cluster, resolution.unrouted());
    }
}
