package io.culvert.operator.cli.diff;

import io.culvert.operator.snapshot.SnapshotForecast;
import io.culvert.reconciler.desired.DesiredDiff;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.Unrouted;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.resolve.Resolver;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What writes to the datastore do to every node's kernel, node by node, so that no more than one is in memory. Pure. */
final class ClusterForecast {

    /** Another node's underlay is not known here, nor its MTU. */
    static final int MTU_UNKNOWN = 0;

    private final SnapshotForecast snapshots;
    private final Resolver before;
    private final Resolver after;
    private final String tunnelDevice;

    ClusterForecast(SnapshotForecast snapshots, String tunnelDevice) {
        this.snapshots = snapshots;
        this.before = Resolver.of(snapshots.before());
        this.after = Resolver.of(snapshots.after());
        this.tunnelDevice = tunnelDevice;
    }

    /**
     * A node's share.
     *
     * @param address after the writes, else before; empty if it has none
     * @param unrouted what gets no route afterwards
     */
    record NodeForecast(String node, Optional<InterfaceAddress> address, DesiredDiff diff, List<Unrouted> unrouted) {}

    /** Every node, by name; those that are told nothing too. */
    Stream<NodeForecast> nodes() {
        Set<String> names = new TreeSet<>(snapshots.before().nodes().keySet());
        names.addAll(snapshots.after().nodes().keySet());
        return names.stream().map(this::forecast);
    }

    private NodeForecast forecast(String name) {
        DesiredState was = resolve(name, snapshots.before(), before);
        DesiredState willBe = resolve(name, snapshots.after(), after);
        return new NodeForecast(
                name,
                address(name, snapshots.after()).or(() -> address(name, snapshots.before())),
                DesiredDiff.between(was, willBe),
                willBe.unrouted());
    }

    private DesiredState resolve(String name, Snapshot snapshot, Resolver resolver) {
        return address(name, snapshot)
                .map(address -> resolver.resolve(new LocalNode(
                        name,
                        address,
                        tunnelDevice,
                        snapshot.felixFor(name).ipipMtu().orElse(MTU_UNKNOWN),
                        Optional.empty(),
                        Set.of())))
                .orElse(DesiredState.EMPTY);
    }

    private static Optional<InterfaceAddress> address(String name, Snapshot snapshot) {
        return Optional.ofNullable(snapshot.nodes().get(name)).flatMap(Node::address);
    }
}
