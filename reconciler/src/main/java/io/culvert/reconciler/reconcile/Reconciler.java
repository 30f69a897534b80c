package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.resolve.DesiredState;
import io.culvert.reconciler.resolve.LocalNode;
import io.culvert.reconciler.resolve.Resolver;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Drives the node's kernel towards the latest snapshot, one {@link Cycle} at a time. Between cycles it remembers only what
 * saves work or informs people: the last resolution, failed changes and when they are due, whether the kernel was last seen
 * converged. What is true it learns anew from the kernel in every cycle.
 *
 * <p>Blocking; belongs to the one thread that owns the kernel.
 */
public final class Reconciler {

    private final Kernel kernel;
    private final StandingFilter filter;
    private final Sysctls sysctls;
    private final NodeSettings settings;
    private final LongSupplier nanoTime;
    private final Backoff backoff;
    private final RetryLedger ledger;
    private final Patience patience;

    private long cycles;
    private @Nullable Snapshot resolvedSnapshot;
    private @Nullable LocalNode resolvedLocal;
    private Optional<Address> assignedTunnelAddress = Optional.empty();
    private DesiredState desired = DesiredState.EMPTY;
    private @Nullable DesiredState convergedOn;
    private RouteProtocols protocols;
    private List<String> settingWarnings = List.of();

    /** @param nanoTime a monotonic clock, only to measure how long phases take */
    public Reconciler(
            Kernel kernel,
            PacketFilter filter,
            Sysctls sysctls,
            NodeSettings settings,
            Backoff backoff,
            LongSupplier nanoTime) {
        this.kernel = kernel;
        this.filter = new StandingFilter(filter);
        this.sysctls = sysctls;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.backoff = backoff;
        this.ledger = new RetryLedger(backoff);
        this.protocols =
                new RouteProtocols(settings.routeProtocol().orElse(RouteProtocols.DEFAULT), settings.formerProtocols());
        this.patience = new Patience(settings.patienceMillis());
    }

    /**
     * One complete cycle towards the snapshot.
     *
     * @param events what the kernel announced since the last cycle; all tables if announcements were lost
     * @param nowMillis a monotonic clock, for back-offs
     * @throws FatalException if the kernel refuses for good, for example for want of CAP_NET_ADMIN
     * @throws KernelException if the kernel could not be asked; the next cycle starts afresh
     */
    public Report reconcile(Snapshot snapshot, Trigger trigger, Set<KernelTable> events, long nowMillis) {
        if (trigger == Trigger.RESYNC || events.contains(KernelTable.RULESET)) {
            filter.forget();
        }
        if (trigger == Trigger.RESYNC || events.stream().anyMatch(table -> table != KernelTable.RULESET)) {
            ledger.wakeWaiting();
        }
        PhaseTimes times = new PhaseTimes(nanoTime);
        Cycle cycle = newCycle(times, patience, nowMillis);
        cycle.look();
        times.measure(Report.Phase.RESOLVE, () -> resolve(snapshot, cycle));
        return run(cycle, trigger, snapshot.revision(), times, nowMillis);
    }

    /**
     * Tells of a tunnel address that IPAM has given to this node and that its Node is to name once the device has it; empty
     * takes it back. From the next cycle on.
     */
    public void assignTunnelAddress(Optional<Address> address) {
        assignedTunnelAddress = address;
    }

    /**
     * Removes everything of ours from the kernel, by the same cycle with nothing desired.
     *
     * @throws FatalException as {@link #reconcile}
     * @throws KernelException as {@link #reconcile}
     */
    public Report cleanUp() {
        PhaseTimes times = new PhaseTimes(nanoTime);
        Cycle cycle = newCycle(times, new Patience(0), 0);
        cycle.look();
        filter.forget();
        desired = DesiredState.EMPTY;
        return run(cycle, Trigger.START, 0, times, 0);
    }

    /**
     * What {@link #reconcile} would do to the kernel as it is. Writes nothing.
     *
     * @throws KernelException as {@link #reconcile}
     */
    public Plan plan(Snapshot snapshot) {
        Cycle cycle = newCycle(new PhaseTimes(nanoTime), new Patience(0), 0);
        cycle.look();
        resolve(snapshot, cycle);
        return plan(cycle);
    }

    /**
     * The kernel's links and routes as they are, and the node as they complete it. Writes nothing.
     *
     * @throws KernelException as {@link #reconcile}
     */
    public Look look(Snapshot snapshot) {
        Cycle cycle = newCycle(new PhaseTimes(nanoTime), new Patience(0), 0);
        cycle.look();
        return new Look(localNode(snapshot.felixFor(settings.nodeName()), cycle), cycle.links(), cycle.fib());
    }

    /**
     * What {@link #cleanUp} would do to the kernel as it is. Writes nothing.
     *
     * @throws KernelException as {@link #reconcile}
     */
    public Plan cleanUpPlan() {
        Cycle cycle = newCycle(new PhaseTimes(nanoTime), new Patience(0), 0);
        cycle.look();
        desired = DesiredState.EMPTY;
        return plan(cycle);
    }

    private Cycle newCycle(PhaseTimes times, Patience patience, long nowMillis) {
        return new Cycle(kernel, filter, sysctls, settings, ledger, patience, times, nowMillis);
    }

    // The same snapshot object is the same snapshot; comparing 100,000 blocks would cost more than resolving them.
    @SuppressWarnings("ReferenceEquality")
    private void resolve(Snapshot snapshot, Cycle cycle) {
        Node self = snapshot.nodes().get(settings.nodeName());
        if (self != null && self.tunnelAddress().isPresent()) {
            assignedTunnelAddress = Optional.empty();
        }
        FelixConfiguration felix = snapshot.felixFor(settings.nodeName());
        protocols = protocols.using(RouteProtocols.inUse(settings.routeProtocol(), felix));
        settingWarnings = RouteProtocols.warnings(settings.routeProtocol(), felix);
        LocalNode local = localNode(felix, cycle);
        if (snapshot != resolvedSnapshot || !local.equals(resolvedLocal)) {
            desired = Resolver.resolve(snapshot, local);
            resolvedSnapshot = snapshot;
            resolvedLocal = local;
        }
    }

    private LocalNode localNode(FelixConfiguration felix, Cycle cycle) {
        return LocalView.of(settings, felix, assignedTunnelAddress, cycle.devices(), cycle.fib());
    }

    @SuppressWarnings("ReferenceEquality")
    private Report run(Cycle cycle, Trigger trigger, long revision, PhaseTimes times, long nowMillis) {
        boolean wishUnchanged = desired == convergedOn;
        cycles++;
        cycle.run(desired, protocols);
        convergedOn = cycle.obstacles().isEmpty() ? desired : null;
        return new Report(
                cycles,
                trigger,
                revision,
                desired,
                cycle.outcomes(),
                cycle.obstacles(),
                PoolReports.of(desired.routes(), cycle.obstacles()),
                warnings(cycle),
                wishUnchanged && !cycle.outcomes().isEmpty(),
                nextDue(cycle, nowMillis),
                times.nanos());
    }

    private List<String> warnings(Cycle cycle) {
        List<String> warnings = new ArrayList<>(settingWarnings);
        warnings.addAll(SysctlDiff.warnings(desired, cycle.devices(), sysctls));
        return warnings;
    }

    private OptionalLong nextDue(Cycle cycle, long nowMillis) {
        LongStream lookAgain =
                cycle.filterUnseen() ? LongStream.of(nowMillis + backoff.millisAfter(1)) : LongStream.empty();
        return Stream.of(ledger.nextDueMillis().stream(), patience.nextDueMillis(nowMillis).stream(), lookAgain)
                .flatMapToLong(times -> times)
                .min();
    }

    private Plan plan(Cycle cycle) {
        filter.forget();
        return Planner.plan(desired, settings, protocols, cycle.links(), cycle.fib(), filter.state(), sysctls);
    }
}
