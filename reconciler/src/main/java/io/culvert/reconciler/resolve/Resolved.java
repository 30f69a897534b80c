package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A desired state with what it was resolved from, so that a later snapshot's can be had by resolving only what differs between the
 * two. That gives the same as {@link Resolver} does; it only takes less time. Not for more than one thread, and for one use:
 * {@link #next} takes over what it can.
 */
public final class Resolved {

    private final Snapshot snapshot;
    private final LocalNode local;
    private final Cluster cluster;
    private final Equipment equipment;
    private final Decisions decisions;
    private final Ways ways;
    private final DesiredState desired;

    private Resolved(
            Snapshot snapshot,
            LocalNode local,
            Cluster cluster,
            Equipment equipment,
            Decisions decisions,
            Ways ways,
            DesiredState desired) {
        this.snapshot = snapshot;
        this.local = local;
        this.cluster = cluster;
        this.equipment = equipment;
        this.decisions = decisions;
        this.ways = ways;
        this.desired = desired;
    }

    /**
     * From one resolution to the next.
     *
     * @param touched {@link Prefix#key() keys} of the prefixes whose routes may differ, ascending;
     *     empty if any may
     */
    public record Step(Resolved to, Optional<long[]> touched) {}

    /** Resolves everything. */
    public static Resolved of(Snapshot snapshot, LocalNode local) {
        return of(snapshot, local, Cluster.of(snapshot));
    }

    private static Resolved of(Snapshot snapshot, LocalNode local, Cluster cluster) {
        Decisions decisions = new Decisions(cluster, snapshot.felixFor(local.name()), local);
        Ways ways = Ways.of(cluster);
        Resolution resolution = new Resolution(
                decisions, ways, cluster.poolNames(), snapshot.blocks().size());
        new Holdings(snapshot, cluster).forEach(resolution::add);
        Equipment equipment = Equipment.of(snapshot, cluster, local);
        DesiredState desired = state(equipment, resolution.routes(), cluster, resolution.unrouted());
        return new Resolved(snapshot, local, cluster, equipment, decisions, ways, desired);
    }

    static DesiredState state(Equipment equipment, DesiredRoutes routes, Cluster cluster, List<Unrouted> unrouted) {
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
            Via via = routes.vias().get(number);
            if (taken[number]
                    && via.encapsulation() == Encapsulation.IPIP
                    && cluster.unready().contains(via.peer())) {
                unready.add(via.peer());
            }
        }
        return unready;
    }

    public DesiredState desired() {
        return desired;
    }

    public LocalNode local() {
        return local;
    }

    /** The resolution of a later snapshot, or for a node that has changed. */
    @SuppressWarnings("ReferenceEquality") // the same snapshot is the same object
    public Step next(Snapshot later, LocalNode localNow) {
        boolean sameNode = local.equals(localNow);
        if (later == snapshot && sameNode) {
            return new Step(this, Optional.of(new long[0]));
        }
        Cluster clusterNow = cluster.isOf(later) ? cluster : Cluster.of(later);
        Optional<long[]> touched = sameNode && comparable(later, clusterNow)
                ? new Touched(snapshot, later, desired).prefixes()
                : Optional.empty();
        return touched.map(prefixes -> partly(later, clusterNow, prefixes))
                .orElseGet(() -> new Step(of(later, localNow, clusterNow), Optional.empty()));
    }

    private boolean comparable(Snapshot later, Cluster clusterNow) {
        return cluster.hasPoolsOf(later)
                && !desired.routes().contested()
                && Objects.equals(
                        snapshot.nodes().get(local.name()), later.nodes().get(local.name()))
                && ways.count()
                        <= 2 * clusterNow.peers() + desired.routes().pools().size();
    }

    @SuppressWarnings("ReferenceEquality") // whether it was made anew
    private Step partly(Snapshot later, Cluster clusterNow, long[] prefixes) {
        boolean sameCluster = clusterNow == cluster;
        if (sameCluster && prefixes.length == 0) {
            return new Step(
                    new Resolved(later, local, cluster, equipment, decisions, ways, desired), Optional.of(prefixes));
        }
        Decisions decisionsNow =
                sameCluster ? decisions : new Decisions(clusterNow, later.felixFor(local.name()), local);
        Ways waysNow = sameCluster ? ways : ways.in(clusterNow);
        Equipment equipmentNow = sameCluster ? equipment : Equipment.of(later, clusterNow, local);
        Resolution resolution = new Resolution(decisionsNow, waysNow, clusterNow.poolNames(), prefixes.length);
        Holdings holdings = new Holdings(later, clusterNow);
        for (long prefix : prefixes) {
            holdings.forEachAt(Prefix.ofKey(prefix), resolution::add);
        }
        DesiredState state = state(
                equipmentNow,
                desired.routes().with(prefixes, resolution.routes()),
                clusterNow,
                merged(prefixes, resolution.unrouted()));
        return new Step(
                new Resolved(later, local, clusterNow, equipmentNow, decisionsNow, waysNow, state),
                Optional.of(prefixes));
    }

    private List<Unrouted> merged(long[] prefixes, List<Unrouted> anew) {
        if (anew.isEmpty() && desired.unrouted().isEmpty()) {
            return List.of();
        }
        List<Unrouted> all = new ArrayList<>(desired.unrouted());
        all.removeIf(unrouted -> Arrays.binarySearch(prefixes, unrouted.prefix().key()) >= 0);
        all.addAll(anew);
        all.sort(Resolution.BY_PREFIX);
        return all;
    }
}
