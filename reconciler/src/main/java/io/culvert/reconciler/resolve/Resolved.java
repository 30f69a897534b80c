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
 * A desired state with what it was resolved from, so that a later snapshot's can be had by resolving only what differs between the
 * two. That gives the same as {@link Resolver} does; it only takes less time. Not for more than one thread, and for one use:
 * {@link #next} takes over what it can.
 */
public final class Resolved {

    private static final long[] NOTHING = {};

    /** With more than that changed, resolving everything is no slower. */
    private static final int MANY_NODES = 64;

    private final Snapshot snapshot;
    private final LocalNode local;
    private final Cluster cluster;
    private final Decisions decisions;
    private final NextHopIndex ways;
    private @Nullable Supplier<DesiredState> assembly;
    private @Nullable DesiredState desired;

    private Resolved(
            Snapshot snapshot,
            LocalNode local,
            Cluster cluster,
            Decisions decisions,
            NextHopIndex ways,
            Supplier<DesiredState> assembly) {
        this.snapshot = snapshot;
        this.local = local;
        this.cluster = cluster;
        this.decisions = decisions;
        this.ways = ways;
        this.assembly = assembly;
    }

    /**
     * From one resolution to the next.
     *
     * @param touched {@link Prefix#key() keys} of the prefixes whose routes may differ, ascending;
     *     empty if any may
     * @param anew the routes of those prefixes alone; without meaning if any may differ
     * @param unreadyPeers {@link DesiredState#unreadyPeers}, and perhaps some of which that was true before; known without putting all
     *     together; without meaning if any route may differ
     */
    public record Step(Resolved to, Optional<long[]> touched, DesiredRoutes anew, Set<Address> unreadyPeers) {}

    /** Resolves everything. */
    public static Resolved of(Snapshot snapshot, LocalNode local) {
        return of(snapshot, local, Cluster.of(snapshot));
    }

    private static Resolved of(Snapshot snapshot, LocalNode local, Cluster cluster) {
        Decisions decisions = new Decisions(cluster, snapshot.felixFor(local.name()), local);
        NextHopIndex ways = NextHopIndex.of(cluster);
        Resolution resolution = new Resolution(
                decisions, ways, cluster.poolNames(), snapshot.blocks().size());
        new Holdings(snapshot, cluster).forEach(resolution::add);
        NodeObjects equipment = NodeObjects.of(snapshot, cluster, local);
        DesiredState all = state(equipment, resolution.routes(), cluster, resolution.unrouted());
        return new Resolved(snapshot, local, cluster, decisions, ways, () -> all);
    }

    static DesiredState state(NodeObjects equipment, DesiredRoutes routes, Cluster cluster, List<Unrouted> unrouted) {
        return new DesiredState(
                equipment.tunnel(),
                routes,
                equipment.ruleset(),
                unready(routes, cluster),
                equipment.sysctls(),
                unrouted);
    }

    private static Set<Address> unready(DesiredRoutes routes, Cluster cluster) {
        if (cluster.unready().isEmpty()) {
            return Set.of();
        }
        Set<Address> unready = new HashSet<>();
        boolean[] taken = routes.taken();
        for (int number = 0; number < taken.length; number++) {
            if (taken[number] && isUnready(routes.vias().get(number), cluster)) {
                unready.add(routes.vias().get(number).peer());
            }
        }
        return unready;
    }

    private static boolean isUnready(Via via, Cluster cluster) {
        return via.encapsulation() == Encapsulation.IPIP && cluster.unready().contains(via.peer());
    }

    /** All of it. What few routes were resolved anew is put together with the rest when this is first asked for. */
    public DesiredState desired() {
        Supplier<DesiredState> pending = assembly;
        if (pending != null) {
            desired = pending.get();
            // It holds on to the state before this one, which would hold on to the one before it.
            assembly = null;
        }
        return Objects.requireNonNull(desired);
    }

    public LocalNode local() {
        return local;
    }

    /** Whether it is what that very snapshot resolved to. */
    @SuppressWarnings("ReferenceEquality") // the same snapshot is the same object
    public boolean isOf(Snapshot other) {
        return other == snapshot;
    }

    /** Whether pools and settings, which touch every route, are those of that snapshot. */
    public boolean hasPoolsOf(Snapshot other) {
        return cluster.hasPoolsOf(other);
    }

    /** The resolution of a later snapshot, or for a node that has changed. */
    public Step next(Snapshot later, LocalNode localNow) {
        boolean sameNode = local.equals(localNow);
        if (isOf(later) && sameNode) {
            return new Step(
                    this, Optional.of(NOTHING), DesiredRoutes.EMPTY, desired().unreadyPeers());
        }
        Optional<List<String>> nodes = later.nodes().differences(snapshot.nodes(), MANY_NODES);
        Cluster clusterNow = cluster.next(later, nodes);
        Optional<long[]> touched = sameNode && comparable(later, clusterNow)
                ? nodes.flatMap(changed -> new AffectedPrefixes(snapshot, later, changed, desired()).prefixes())
                : Optional.empty();
        return touched.map(prefixes -> partly(later, clusterNow, prefixes))
                .orElseGet(() ->
                        new Step(of(later, localNow, clusterNow), Optional.empty(), DesiredRoutes.EMPTY, Set.of()));
    }

    private boolean comparable(Snapshot later, Cluster clusterNow) {
        return hasPoolsOf(later)
                && !desired().routes().contested()
                && Objects.equals(
                        snapshot.nodes().get(local.name()), later.nodes().get(local.name()))
                && ways.count()
                        <= 2 * clusterNow.peers() + desired().routes().pools().size();
    }

    @SuppressWarnings("ReferenceEquality") // whether it was made anew
    private Step partly(Snapshot later, Cluster clusterNow, long[] prefixes) {
        boolean sameCluster = clusterNow == cluster;
        DesiredState before = desired();
        LocalNode node = local;
        if (sameCluster && prefixes.length == 0) {
            Resolved same = new Resolved(later, local, cluster, decisions, ways, () -> before);
            return new Step(same, Optional.of(NOTHING), DesiredRoutes.EMPTY, before.unreadyPeers());
        }
        Decisions decisionsNow =
                sameCluster ? decisions : new Decisions(clusterNow, later.felixFor(local.name()), local);
        NextHopIndex waysNow = sameCluster ? ways : ways.in(clusterNow);
        Resolution resolution = new Resolution(decisionsNow, waysNow, clusterNow.poolNames(), prefixes.length);
        Holdings holdings = new Holdings(later, clusterNow);
        for (long prefix : prefixes) {
            holdings.forEachAt(Prefix.ofKey(prefix), resolution::add);
        }
        DesiredRoutes anew = resolution.routes();
        Supplier<DesiredState> assembly = () -> state(
                sameCluster
                        ? new NodeObjects(before.tunnel(), before.ruleset(), before.sysctls())
                        : NodeObjects.of(later, clusterNow, node),
                before.routes().with(prefixes, anew),
                clusterNow,
                merged(prefixes, before.unrouted(), resolution.unrouted()));
        Resolved to = new Resolved(later, local, clusterNow, decisionsNow, waysNow, assembly);
        Set<Address> unready = new HashSet<>(before.unreadyPeers());
        unready.removeIf(peer -> !clusterNow.unready().contains(peer));
        unready.addAll(unready(anew, clusterNow));
        return new Step(to, Optional.of(prefixes), anew, unready);
    }

    private static List<Unrouted> merged(long[] prefixes, List<Unrouted> before, List<Unrouted> anew) {
        if (anew.isEmpty() && before.isEmpty()) {
            return List.of();
        }
        List<Unrouted> all = new ArrayList<>(before);
        all.removeIf(unrouted -> Arrays.binarySearch(prefixes, unrouted.prefix().key()) >= 0);
        all.addAll(anew);
        all.sort(Resolution.BY_PREFIX);
        return all;
    }
}
