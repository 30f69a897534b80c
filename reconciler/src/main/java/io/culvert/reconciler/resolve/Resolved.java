package io.culvert.reconciler.resolve;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Unrouted;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A desired state with what it was resolved from, so that a later snapshot resolves only what differs. The result is the same as
 * {@link Resolver}'s, only faster. Not for more than one thread, and for one use: {@link #next} reuses its data.
 */
public final class Resolved {

    private static final long[] NOTHING = {};

    /** With more changed nodes than that, resolving everything is as fast. */
    private static final int MANY_NODES = 64;

    private final Snapshot snapshot;
    private final LocalNode local;
    private final Cluster cluster;
    private final Decisions decisions;
    private final NextHopIndex nextHops;
    private @Nullable Supplier<DesiredState> assembly;
    private @Nullable DesiredState desired;

    private Resolved(
            Snapshot snapshot,
            LocalNode local,
            Cluster cluster,
            Decisions decisions,
            NextHopIndex nextHops,
            Supplier<DesiredState> assembly) {
        this.snapshot = snapshot;
        this.local = local;
        this.cluster = cluster;
        this.decisions = decisions;
        this.nextHops = nextHops;
        this.assembly = assembly;
    }

    /**
     * From one resolution to the next.
     *
     * @param affected {@link Prefix#key() keys} of the prefixes whose routes may differ, ascending; empty if any may
     * @param routes the routes of those prefixes alone; meaningless if any may differ
     * @param unreadyPeers {@link DesiredState#unreadyPeers}, perhaps with some that were unready before; known before the state is
     *     assembled; meaningless if any route may differ
     */
    public record Step(Resolved to, Optional<long[]> affected, DesiredRoutes routes, Set<Address> unreadyPeers) {}

    /** Resolves everything. */
    public static Resolved of(Snapshot snapshot, LocalNode local) {
        return of(snapshot, local, Cluster.of(snapshot));
    }

    private static Resolved of(Snapshot snapshot, LocalNode local, Cluster cluster) {
        Decisions decisions = new Decisions(cluster, snapshot.felixFor(local.name()), local);
        NextHopIndex nextHops = NextHopIndex.of(cluster);
        Resolution resolution = new Resolution(
                decisions, nextHops, cluster.poolNames(), snapshot.blocks().size());
        new Holdings(snapshot, cluster).forEach(resolution::add);
        NodeObjects objects = NodeObjects.of(snapshot, cluster, local);
        DesiredState all = state(objects, resolution.routes(), cluster, resolution.unrouted());
        return new Resolved(snapshot, local, cluster, decisions, nextHops, () -> all);
    }

    static DesiredState state(NodeObjects objects, DesiredRoutes routes, Cluster cluster, List<Unrouted> unrouted) {
        return new DesiredState(
                objects.tunnel(), routes, objects.ruleset(), unready(routes, cluster), objects.sysctls(), unrouted);
    }

    private static Set<Address> unready(DesiredRoutes routes, Cluster cluster) {
        if (cluster.unready().isEmpty()) {
            return Set.of();
        }
        Set<Address> unready = new HashSet<>();
        boolean[] used = routes.used();
        for (int number = 0; number < used.length; number++) {
            if (used[number] && isUnready(routes.vias().get(number), cluster)) {
                unready.add(routes.vias().get(number).peer());
            }
        }
        return unready;
    }

    private static boolean isUnready(Via via, Cluster cluster) {
        return via.encapsulation() == Encapsulation.IPIP && cluster.unready().contains(via.peer());
    }

    /** The whole state. Assembled from the last step and the rest at the first call. */
    public DesiredState desired() {
        Supplier<DesiredState> pending = assembly;
        if (pending != null) {
            desired = pending.get();
            // It refers to the state before this one, which would refer to the one before that.
            assembly = null;
        }
        return Objects.requireNonNull(desired);
    }

    public LocalNode local() {
        return local;
    }

    /** Whether it was resolved from that very snapshot. */
    @SuppressWarnings("ReferenceEquality") // the same snapshot is the same object
    public boolean isOf(Snapshot other) {
        return other == snapshot;
    }

    /** Whether that snapshot has the same pools and settings, which affect every route. */
    public boolean hasPoolsOf(Snapshot other) {
        return cluster.hasPoolsOf(other);
    }

    /** Resolves a later snapshot, or for a node that has changed. */
    public Step next(Snapshot later, LocalNode localNow) {
        boolean sameNode = local.equals(localNow);
        if (isOf(later) && sameNode) {
            return new Step(
                    this, Optional.of(NOTHING), DesiredRoutes.EMPTY, desired().unreadyPeers());
        }
        Optional<List<String>> nodes = later.nodes().differences(snapshot.nodes(), MANY_NODES);
        Cluster clusterNow = cluster.next(later, nodes);
        Optional<long[]> affected = sameNode && comparable(later, clusterNow)
                ? nodes.flatMap(names -> new AffectedPrefixes(snapshot, later, names, desired()).prefixes())
                : Optional.empty();
        return affected.map(prefixes -> partly(later, clusterNow, prefixes))
                .orElseGet(() ->
                        new Step(of(later, localNow, clusterNow), Optional.empty(), DesiredRoutes.EMPTY, Set.of()));
    }

    private boolean comparable(Snapshot later, Cluster clusterNow) {
        return hasPoolsOf(later)
                && !desired().routes().contested()
                && Objects.equals(
                        snapshot.nodes().get(local.name()), later.nodes().get(local.name()))
                && nextHops.count()
                        <= 2 * clusterNow.peers() + desired().routes().pools().size();
    }

    @SuppressWarnings("ReferenceEquality") // an unchanged cluster is the same object
    private Step partly(Snapshot later, Cluster clusterNow, long[] prefixes) {
        boolean sameCluster = clusterNow == cluster;
        DesiredState before = desired();
        LocalNode node = local;
        if (sameCluster && prefixes.length == 0) {
            Resolved same = new Resolved(later, local, cluster, decisions, nextHops, () -> before);
            return new Step(same, Optional.of(NOTHING), DesiredRoutes.EMPTY, before.unreadyPeers());
        }
        Decisions decisionsNow =
                sameCluster ? decisions : new Decisions(clusterNow, later.felixFor(local.name()), local);
        NextHopIndex nextHopsNow = sameCluster ? nextHops : nextHops.in(clusterNow);
        Resolution resolution = new Resolution(decisionsNow, nextHopsNow, clusterNow.poolNames(), prefixes.length);
        Holdings holdings = new Holdings(later, clusterNow);
        for (long prefix : prefixes) {
            holdings.forEachAt(Prefix.ofKey(prefix), resolution::add);
        }
        DesiredRoutes changed = resolution.routes();
        Supplier<DesiredState> assembly = () -> state(
                sameCluster
                        ? new NodeObjects(before.tunnel(), before.ruleset(), before.sysctls())
                        : NodeObjects.of(later, clusterNow, node),
                before.routes().with(prefixes, changed),
                clusterNow,
                merged(prefixes, before.unrouted(), resolution.unrouted()));
        Resolved to = new Resolved(later, local, clusterNow, decisionsNow, nextHopsNow, assembly);
        Set<Address> unready = new HashSet<>(before.unreadyPeers());
        unready.removeIf(peer -> !clusterNow.unready().contains(peer));
        unready.addAll(unready(changed, clusterNow));
        return new Step(to, Optional.of(prefixes), changed, unready);
    }

    private static List<Unrouted> merged(long[] prefixes, List<Unrouted> before, List<Unrouted> changed) {
        if (changed.isEmpty() && before.isEmpty()) {
            return List.of();
        }
        List<Unrouted> all = new ArrayList<>(before);
        all.removeIf(unrouted -> Arrays.binarySearch(prefixes, unrouted.prefix().key()) >= 0);
        all.addAll(changed);
        all.sort(Resolution.BY_PREFIX);
        return all;
    }
}
