package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.node.LocalView;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.resolve.Resolved;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What this node's kernel should hold, resolved snapshot after snapshot. Keeps the last resolution, so that a later snapshot costs
 * only what differs. Not for more than one thread.
 */
final class NodeResolver {

    private final NodeSettings settings;
    private final UnaryOperator<Supplier<Resolved>> aside;
    private @Nullable Resolved resolved;
    private DesiredState desired = DesiredState.EMPTY;
    private RouteProtocols protocols;
    private List<String> warnings = List.of();
    private Optional<Address> assignedTunnelAddress = Optional.empty();

    /** @param aside starts work on another thread; what it returns waits for the result */
    NodeResolver(NodeSettings settings, UnaryOperator<Supplier<Resolved>> aside) {
        this.settings = settings;
        this.aside = aside;
        this.protocols = settings.protocols();
    }

    /** A tunnel address that IPAM has given to this node and that its Node does not name yet. */
    void assignTunnelAddress(Optional<Address> address) {
        assignedTunnelAddress = address;
    }

    DesiredState desired() {
        return desired;
    }

    RouteProtocols protocols() {
        return protocols;
    }

    /** Settings of the datastore that this node cannot follow. */
    List<String> warnings() {
        return warnings;
    }

    /** Desires nothing, as a clean-up does. */
    void clear() {
        desired = DesiredState.EMPTY;
        resolved = null;
    }

    /**
     * Observes the kernel and resolves for the node as observed. Most observations find the node unchanged, so it resolves for the
     * known node while the kernel answers.
     */
    void resolveWhileObserving(Snapshot snapshot, Cycle cycle, PhaseTimes times) {
        Resolved known = resolved;
        if (known == null || known.isOf(snapshot)) {
            cycle.observe();
        } else {
            resolved = null;
            Supplier<Resolved> ahead =
                    aside.apply(() -> known.next(snapshot, known.local()).to());
            try {
                cycle.observe();
            } finally {
                resolved = times.measure(Report.Phase.RESOLVE, ahead);
            }
        }
        times.measure(Report.Phase.RESOLVE, () -> resolve(snapshot, cycle));
    }

    private void resolve(Snapshot snapshot, Cycle cycle) {
        Node self = snapshot.nodes().get(settings.nodeName());
        if (self != null && self.tunnelAddress().isPresent()) {
            assignedTunnelAddress = Optional.empty();
        }
        FelixConfiguration felix = snapshot.felixFor(settings.nodeName());
        protocols = protocols.using(RouteProtocols.inUse(settings.routeProtocol(), felix));
        warnings = new ArrayList<>(RouteProtocols.warnings(settings.routeProtocol(), felix));
        Optional.ofNullable(self)
                .flatMap(node -> IpPool.unselected(node, snapshot.pools().values()))
                .ifPresent(warnings::add);
        LocalNode local = LocalView.of(
                settings, cycle.address().address(), snapshot, assignedTunnelAddress, cycle.links(), cycle.fib());
        resolved = resolved == null
                ? Resolved.of(snapshot, local)
                : resolved.next(snapshot, local).to();
        desired = resolved.desired();
    }

    /** Whether {@link #step} can find what differs: only blocks, claims or peers changed since the last resolution. */
    boolean canStep(Snapshot snapshot) {
        return resolved != null
                && resolved.hasPoolsOf(snapshot)
                && resolved.local().assignedTunnelAddress().equals(assignedTunnelAddress);
    }

    /** Resolves what differs from the last resolution, for the known node. {@link #desired} follows with {@link #assemble}. */
    Resolved.Step step(Snapshot snapshot) {
        Resolved known = Objects.requireNonNull(resolved);
        resolved = null; // a step that fails leaves it half taken over
        Resolved.Step step = known.next(snapshot, known.local());
        resolved = step.to();
        return step;
    }

    /** Puts the desired state together after a step. Costs more than the step, so routes are written before. */
    void assemble() {
        desired = Objects.requireNonNull(resolved).desired();
    }
}
