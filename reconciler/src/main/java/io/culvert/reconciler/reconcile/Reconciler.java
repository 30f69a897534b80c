package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.diff.SysctlDiff;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.node.LocalView;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.resolve.Resolved;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
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

    private static final long NEVER = Long.MAX_VALUE;
    private static final Set<Trigger> FAST_TRIGGERS = Set.of(Trigger.DATASTORE, Trigger.KERNEL);
    private static final Set<KernelTable> RULESET_ONLY = Set.of(KernelTable.RULESET);
    private static final FastPath.Attempt NOTHING_DONE = new FastPath.Attempt(List.of(), false);

    private final Kernel kernel;
    private final FilterCache filter;
    private final Sysctls sysctls;
    private final NodeSettings settings;
    private final LongSupplier nanoTime;
    private final UnaryOperator<Supplier<Resolved>> aside;
    private final Backoff backoff;
    private final RetryLedger ledger;
    private final HandoverHold patience;
    private final FastPath fastPath;
    private final Brake brake = new Brake();

    private long cycles;
    private long completeDueMillis = NEVER;
    private List<Obstacle> obstacles = List.of();
    private List<String> warnings = List.of();
    private OptionalInt tunnelMtu = OptionalInt.empty();
    private @Nullable Resolved resolved;
    private Optional<Address> assignedTunnelAddress = Optional.empty();
    private DesiredState desired = DesiredState.EMPTY;
    private @Nullable DesiredState convergedOn;
    private RouteProtocols protocols;
    private List<String> settingWarnings = List.of();

    /** One that does everything on the calling thread. */
    public Reconciler(
            Kernel kernel,
            PacketFilter filter,
            Sysctls sysctls,
            NodeSettings settings,
            Backoff backoff,
            LongSupplier nanoTime) {
        this(kernel, filter, sysctls, settings, backoff, nanoTime, work -> work);
    }

    /**
     * One that resolves while the kernel answers.
     *
     * @param nanoTime a monotonic clock, only to measure how long phases take
     * @param aside starts work on another thread; what it returns waits for the result
     */
    public Reconciler(
            Kernel kernel,
            PacketFilter filter,
            Sysctls sysctls,
            NodeSettings settings,
            Backoff backoff,
            LongSupplier nanoTime,
            UnaryOperator<Supplier<Resolved>> aside) {
        this.kernel = kernel;
        this.filter = new FilterCache(filter);
        this.sysctls = sysctls;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.aside = aside;
        this.backoff = backoff;
        this.ledger = new RetryLedger(backoff);
        this.protocols = settings.protocols();
        this.patience = new HandoverHold(settings.handoverHoldMillis());
        this.fastPath = new FastPath(kernel);
    }

    /**
     * One cycle towards the snapshot. It is a complete one, which begins with a look at everything, unless the last one knew
     * enough for what little has changed since; then it ends with writing that, and asks for a complete one soon.
     *
     * @param news what the kernel announced since the last cycle
     * @param nowMillis a monotonic clock, for back-offs
     * @throws FatalException if the kernel refuses for good, for example for want of CAP_NET_ADMIN
     * @throws KernelException if the kernel could not be asked; the next cycle starts afresh
     */
    public Report reconcile(Snapshot snapshot, Trigger trigger, KernelNews news, long nowMillis) {
        PhaseTimes times = new PhaseTimes(nanoTime);
        FastPath.Attempt attempt = attempt(snapshot, trigger, news, times, nowMillis);
        forgetFailures(attempt.outcomes());
        return attempt.complete()
                ? quickReport(trigger, snapshot.revision(), attempt.outcomes(), times)
                : completely(snapshot, trigger, news, attempt.outcomes(), times, nowMillis);
    }

    private Report completely(
            Snapshot snapshot,
            Trigger trigger,
            KernelNews news,
            List<Outcome> before,
            PhaseTimes times,
            long nowMillis) {
        if (trigger == Trigger.RESYNC || news.tables().contains(KernelTable.RULESET)) {
            filter.invalidate();
        }
        if (trigger == Trigger.RESYNC || news.tables().stream().anyMatch(table -> table != KernelTable.RULESET)) {
            ledger.wakeWaiting();
        }
        fastPath.stand(Optional.empty());
        Cycle cycle = newCycle(times, patience, nowMillis);
        lookAndResolve(snapshot, cycle, times);
        Optional<Obstacle> held = brake.holds(desired.routes(), cycle.fib().routes(), protocols, snapshot.revision());
        held.ifPresent(cycle::removeNothing);
        return run(cycle, trigger, snapshot.revision(), before, times, nowMillis);
    }

    /** Most looks find the node as it was: what that node is to hold is worked out while the kernel answers. */
    private void lookAndResolve(Snapshot snapshot, Cycle cycle, PhaseTimes times) {
        Resolved known = resolved;
        if (known == null || known.isOf(snapshot)) {
            cycle.look();
        } else {
            resolved = null;
            Supplier<Resolved> ahead =
                    aside.apply(() -> known.next(snapshot, known.local()).to());
            try {
                cycle.look();
            } finally {
                resolved = times.measure(Report.Phase.RESOLVE, ahead);
            }
        }
        times.measure(Report.Phase.RESOLVE, () -> resolve(snapshot, cycle));
    }

    /** What can be done without a look; nothing, and incomplete, where a complete cycle is called for. */
    private FastPath.Attempt attempt(
            Snapshot snapshot, Trigger trigger, KernelNews news, PhaseTimes times, long nowMillis) {
        Resolved known = resolved;
        if (known == null
                || !FAST_TRIGGERS.contains(trigger)
                || !RULESET_ONLY.containsAll(news.tables())
                || nowMillis >= completeDueMillis
                || !fastPath.isOpen()
                || !known.hasPoolsOf(snapshot)
                || !known.local().assignedTunnelAddress().equals(assignedTunnelAddress)) {
            return NOTHING_DONE;
        }
        Optional<Ruleset> ruleset = desired.ruleset();
        resolved = null; // is of no use any more if that fails
        Resolved.Step step = times.measure(Report.Phase.RESOLVE, () -> known.next(snapshot, known.local()));
        resolved = step.to();
        if (step.touched().isEmpty() || awaitsPeers(step, nowMillis)) {
            return NOTHING_DONE;
        }
        boolean stale = !obstacles.isEmpty() || !news.lostRoutes().isEmpty();
        FastPath.Attempt attempt = attempt(step, step.touched().get(), news.lostRoutes(), times, nowMillis);
        // Put together only now: the routes are written already.
        desired = step.to().desired();
        if (attempt.outcomes().isEmpty() && stale && step.touched().get().length > 0) {
            // The wish has changed with nothing to write: an obstacle or a next hop may have become needless.
            return NOTHING_DONE;
        }
        boolean filterDoubted = !news.tables().isEmpty();
        if (filterDoubted) {
            filter.invalidate();
        }
        return attempt.complete() && (filterDoubted || !ruleset.equals(desired.ruleset()))
                ? withFilter(attempt, times, nowMillis)
                : attempt;
    }

    private boolean awaitsPeers(Resolved.Step step, long nowMillis) {
        return !patience.heldPeers(step.unreadyPeers(), nowMillis).isEmpty();
    }

    private FastPath.Attempt attempt(
            Resolved.Step step, long[] touched, Set<Prefix> lost, PhaseTimes times, long nowMillis) {
        long[] prefixes = lost.isEmpty() ? touched : merged(touched, lost);
        DesiredRoutes some =
                lost.isEmpty() ? step.anew() : step.to().desired().routes().only(prefixes);
        FastPath.Attempt attempt = fastPath.attempt(some, prefixes, lost, protocols, times, nowMillis);
        if (attempt.complete() && !obstacles.isEmpty()) {
            Set<String> done = new HashSet<>();
            LongStream.of(prefixes).forEach(prefix -> done.add("route " + Prefix.ofKey(prefix)));
            forgetObstacles(done);
        }
        return attempt;
    }

    /** What failed as one change may be made good by another. */
    private void forgetFailures(List<Outcome> outcomes) {
        if (!ledger.isEmpty()) {
            ledger.forget(outcomes.stream()
                    .filter(outcome -> FailureClass.of(outcome).isEmpty())
                    .map(outcome -> outcome.change().subject())
                    .collect(Collectors.toSet()));
        }
    }

    private void forgetObstacles(Set<String> done) {
        obstacles = obstacles.stream()
                .filter(obstacle -> !done.contains(obstacle.subject()))
                .toList();
    }

    /** Ascending, each once. Without streams: a repair is over sooner than the code of one is fetched into the processor. */
    private static long[] merged(long[] touched, Set<Prefix> lost) {
        long[] all = Arrays.copyOf(touched, touched.length + lost.size());
        int count = touched.length;
        for (Prefix prefix : lost) {
            all[count++] = prefix.key();
        }
        Arrays.sort(all);
        int distinct = 0;
        for (long key : all) {
            if (distinct == 0 || all[distinct - 1] != key) {
                all[distinct++] = key;
            }
        }
        return Arrays.copyOf(all, distinct);
    }

    /** A node that comes, goes or moves changes whom the tunnel lets in; the routes to it need not wait for that. */
    private FastPath.Attempt withFilter(FastPath.Attempt attempt, PhaseTimes times, long nowMillis) {
        Cycle filterOnly = newCycle(times, patience, nowMillis);
        filterOnly.runFilter(desired, fastPath.tunnelPresent());
        List<Outcome> outcomes = new ArrayList<>(attempt.outcomes());
        outcomes.addAll(filterOnly.outcomes());
        boolean complete =
                outcomes.stream().allMatch(outcome -> FailureClass.of(outcome).isEmpty());
        return new FastPath.Attempt(outcomes, complete && !filterOnly.filterUnseen());
    }

    /**
     * Tells that everything up to a revision has been read from etcd a second time, which is what a snapshot waits for that would
     * remove more than half of our routes ({@link Report#awaitsConfirmation()}). From the next cycle on.
     */
    public void confirm(long revision) {
        brake.confirm(revision);
        // What was held back is no news of the datastore, so only a complete cycle comes upon it.
        fastPath.stand(Optional.empty());
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
        Cycle cycle = newCycle(times, new HandoverHold(0), 0);
        cycle.look();
        filter.invalidate();
        desired = DesiredState.EMPTY;
        resolved = null;
        return run(cycle, Trigger.START, 0, List.of(), times, 0);
    }

    private Cycle newCycle(PhaseTimes times, HandoverHold patience, long nowMillis) {
        return new Cycle(kernel, filter, sysctls, settings, ledger, patience, times, nowMillis);
    }

    private void resolve(Snapshot snapshot, Cycle cycle) {
        Node self = snapshot.nodes().get(settings.nodeName());
        if (self != null && self.tunnelAddress().isPresent()) {
            assignedTunnelAddress = Optional.empty();
        }
        FelixConfiguration felix = snapshot.felixFor(settings.nodeName());
        protocols = protocols.using(RouteProtocols.inUse(settings.routeProtocol(), felix));
        settingWarnings = RouteProtocols.warnings(settings.routeProtocol(), felix);
        LocalNode local = localNode(felix, cycle);
        resolved = resolved == null
                ? Resolved.of(snapshot, local)
                : resolved.next(snapshot, local).to();
        desired = resolved.desired();
    }

    private LocalNode localNode(FelixConfiguration felix, Cycle cycle) {
        return LocalView.of(
                settings,
                felix,
                assignedTunnelAddress,
                cycle.devices(),
                cycle.fib().routes());
    }

    private Report run(
            Cycle cycle, Trigger trigger, long revision, List<Outcome> before, PhaseTimes times, long nowMillis) {
        cycle.run(desired, protocols);
        fastPath.stand(cycle.isHeld() ? Optional.empty() : cycle.recollection());
        obstacles = cycle.obstacles();
        warnings = warnings(cycle);
        tunnelMtu = cycle.devices().tunnelMtu();
        completeDueMillis = completeDue(cycle.filterUnseen(), nowMillis);
        List<Outcome> outcomes = new ArrayList<>(before);
        outcomes.addAll(cycle.outcomes());
        return report(trigger, revision, outcomes, times);
    }

    private Report quickReport(Trigger trigger, long revision, List<Outcome> outcomes, PhaseTimes times) {
        Set<String> done = new HashSet<>();
        outcomes.forEach(outcome -> done.add(outcome.change().subject()));
        forgetObstacles(done);
        completeDueMillis = Math.min(completeDueMillis, fastPath.latestVerification());
        return report(trigger, revision, outcomes, times);
    }

    @SuppressWarnings("ReferenceEquality")
    private Report report(Trigger trigger, long revision, List<Outcome> outcomes, PhaseTimes times) {
        boolean drift = desired == convergedOn && !outcomes.isEmpty();
        convergedOn = obstacles.isEmpty() ? desired : null;
        cycles++;
        return new Report(
                cycles,
                trigger,
                revision,
                desired,
                outcomes,
                obstacles,
                PoolReports.of(desired.routes(), obstacles),
                tunnelMtu,
                warnings,
                drift,
                nextDue(),
                times.nanos());
    }

    private List<String> warnings(Cycle cycle) {
        List<String> warnings = new ArrayList<>(settingWarnings);
        warnings.addAll(SysctlDiff.warnings(desired, cycle.devices(), sysctls));
        return warnings;
    }

    /** When a complete cycle has to run, whatever else happens until then. */
    private long completeDue(boolean filterUnseen, long nowMillis) {
        LongStream lookAgain = filterUnseen ? LongStream.of(nowMillis + backoff.millisAfter(1)) : LongStream.empty();
        return Stream.of(ledger.nextDueMillis().stream(), patience.nextDueMillis(nowMillis).stream(), lookAgain)
                .flatMapToLong(times -> times)
                .min()
                .orElse(NEVER);
    }

    private OptionalLong nextDue() {
        long due = Math.min(completeDueMillis, fastPath.nextVerification().orElse(NEVER));
        return due == NEVER ? OptionalLong.empty() : OptionalLong.of(due);
    }
}
