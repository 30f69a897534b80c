package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.diff.AddressObstacle;
import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.HostSysctls;
import io.culvert.reconciler.diff.TunnelRivals;
import io.culvert.reconciler.diff.VrfWarning;
import io.culvert.reconciler.firewall.HostFirewall;
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
import io.culvert.reconciler.node.Devices;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.resolve.Resolved;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Drives the node's kernel towards the latest snapshot: by the {@link FastPath} when little has changed, else by a complete
 * {@link Cycle}. Between cycles it keeps only what saves work or informs people. The truth comes from the kernel in every cycle.
 *
 * <p>Blocking; belongs to the one thread that owns the kernel.
 */
public final class Reconciler {

    private static final long NEVER = Long.MAX_VALUE;
    private static final Set<Trigger> FAST_TRIGGERS = Set.of(Trigger.DATASTORE, Trigger.KERNEL);
    private static final long WARNED_WITHIN_MILLIS = 1000;
    private static final Set<KernelTable> FILTERS =
            Set.of(KernelTable.RULESET, KernelTable.FIREWALL, KernelTable.FOREIGN_RULE);

    private final Kernel kernel;
    private final FilterCache filter;
    private final FirewallCache firewall;
    private final UntranslatedFlows flows;
    private final Sysctls sysctls;
    private final NodeSettings settings;
    private final LongSupplier nanoTime;
    private final Backoff backoff;
    private final NodeResolver resolver;
    private final RetryLedger ledger;
    private final HandoverHold hold;
    private final FastPath fastPath;
    private final Brake brake = new Brake();
    private final Reporter reporter;
    private long completeDueMillis = NEVER;
    private NodeAddress address;

    /** One that does everything on the calling thread, on a host without a firewall. */
    public Reconciler(
            Kernel kernel,
            PacketFilter filter,
            Sysctls sysctls,
            NodeSettings settings,
            Backoff backoff,
            LongSupplier nanoTime) {
        this(kernel, filter, HostFirewall.NONE, sysctls, settings, backoff, nanoTime, work -> work);
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
            HostFirewall firewall,
            Sysctls sysctls,
            NodeSettings settings,
            Backoff backoff,
            LongSupplier nanoTime,
            UnaryOperator<Supplier<Resolved>> aside) {
        this.kernel = kernel;
        this.filter = new FilterCache(filter);
        this.firewall = new FirewallCache(firewall);
        this.flows = new UntranslatedFlows(kernel, backoff);
        this.sysctls = sysctls;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.backoff = backoff;
        this.resolver = new NodeResolver(settings, aside);
        this.ledger = new RetryLedger(backoff);
        this.hold = new HandoverHold(settings.handoverHoldMillis());
        this.fastPath = new FastPath(kernel);
        this.address = NodeAddress.present(settings.address());
        this.reporter = new Reporter(address);
    }

    /**
     * One cycle towards the snapshot. It is complete and starts with an observation of the kernel, unless little has changed since
     * the last one. Then it writes that little, and the report asks for a complete cycle soon.
     *
     * @param news what the kernel announced since the last cycle
     * @param nowMillis a monotonic clock, for back-offs
     * @throws FatalException if the kernel refuses for good, for example without CAP_NET_ADMIN
     * @throws KernelException if the kernel cannot be read; the next cycle starts from a new observation
     */
    public Report reconcile(Snapshot snapshot, Trigger trigger, KernelNews news, long nowMillis) {
        PhaseTimes times = new PhaseTimes(nanoTime);
        if (news.tables().contains(KernelTable.FOREIGN_RULE)) {
            firewall.doubt(nowMillis);
        }
        FastPath.Written written = reconcileFast(snapshot, trigger, news, times, nowMillis);
        forgetFailures(written.outcomes());
        return written.complete()
                ? fastReport(trigger, snapshot.revision(), written.outcomes(), times)
                : reconcileCompletely(snapshot, trigger, news, written.outcomes(), times, nowMillis);
    }

    /**
     * Confirms that everything up to a revision was read from etcd a second time. A snapshot that would remove most routes waits
     * for that ({@link Report#awaitsConfirmation()}). Takes effect in the next cycle.
     */
    public void confirm(long revision) {
        brake.confirm(revision);
        // The datastore has not changed, so only a complete cycle finds what was held back.
        fastPath.close();
    }

    /**
     * Sets the tunnel address that IPAM has given to this node and that its Node does not name yet; empty takes it back. Takes
     * effect in the next cycle.
     */
    public void assignTunnelAddress(Optional<Address> address) {
        resolver.assignTunnelAddress(address);
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
        cycle.observe();
        filter.invalidate();
        firewall.invalidate();
        fastPath.close();
        resolver.clear();
        return run(cycle, Trigger.START, 0, List.of(), times, 0);
    }

    private Report reconcileCompletely(
            Snapshot snapshot,
            Trigger trigger,
            KernelNews news,
            List<Outcome> before,
            PhaseTimes times,
            long nowMillis) {
        if (trigger == Trigger.RESYNC || news.tables().contains(KernelTable.RULESET)) {
            filter.invalidate();
        }
        if (trigger == Trigger.RESYNC || news.tables().contains(KernelTable.FIREWALL)) {
            firewall.invalidate();
        }
        if (trigger == Trigger.RESYNC || !FILTERS.containsAll(news.tables())) {
            ledger.wakeWaiting();
        }
        fastPath.close();
        address = new NodeAddress(address.expected(settings, snapshot), address.fault());
        Cycle cycle = newCycle(times, hold, nowMillis);
        resolver.resolveWhileObserving(snapshot, cycle, times);
        address = cycle.address();
        if (address.isKnown()) {
            AddressObstacle.of(address).ifPresent(cycle::obstacle);
            brake.obstacle(resolver.desired().routes(), cycle.fib().routes(), resolver.protocols(), snapshot.revision())
                    .ifPresent(cycle::removeNothing);
        } else {
            resolver.clear();
            AddressObstacle.of(address).ifPresent(cycle::removeNothing);
        }
        return run(cycle, trigger, snapshot.revision(), before, times, nowMillis);
    }

    private Cycle newCycle(PhaseTimes times, HandoverHold handoverHold, long nowMillis) {
        return new Cycle(
                kernel,
                filter,
                firewall,
                flows,
                sysctls,
                settings,
                address.address(),
                ledger,
                handoverHold,
                times,
                nowMillis);
    }

    private Report run(
            Cycle cycle, Trigger trigger, long revision, List<Outcome> before, PhaseTimes times, long nowMillis) {
        DesiredState desired = resolver.desired();
        cycle.run(desired, resolver.protocols());
        if (!cycle.isHeld()) {
            cycle.view().ifPresent(fastPath::open);
        }
        List<String> warnings = new ArrayList<>(resolver.warnings());
        warnings.addAll(TunnelRivals.warnings(desired, cycle.devices(), sysctls));
        warnings.addAll(HostSysctls.warnings(
                desired, cycle.links(), cycle.fib().routes(), cycle.devices(), resolver.protocols(), sysctls));
        warnings.addAll(cycle.firewallWarnings(desired));
        warnings.addAll(flows.warnings());
        warnings.addAll(VrfWarning.of(desired, cycle.devices(), cycle.links()));
        reporter.found(cycle.obstacles(), warnings, cycle.devices().tunnelMtu(), address);
        completeDueMillis = completeDue(cycle.filterUnread(), nowMillis);
        List<Outcome> outcomes = new ArrayList<>(before);
        outcomes.addAll(cycle.outcomes());
        return reporter.report(trigger, revision, desired, outcomes, nextDue(), times);
    }

    private Report fastReport(Trigger trigger, long revision, List<Outcome> outcomes, PhaseTimes times) {
        Set<String> done = new HashSet<>();
        outcomes.forEach(outcome -> done.add(outcome.change().subject()));
        reporter.clear(done);
        completeDueMillis = Math.min(completeDueMillis, fastPath.latestVerification());
        return reporter.report(trigger, revision, resolver.desired(), outcomes, nextDue(), times);
    }

    /** Writes without an observation what the event affects. {@link FastPath.Written#NOTHING} where that takes a complete cycle. */
    private FastPath.Written reconcileFast(
            Snapshot snapshot, Trigger trigger, KernelNews news, PhaseTimes times, long nowMillis) {
        if (!FAST_TRIGGERS.contains(trigger)
                || !FILTERS.containsAll(news.tables())
                || nowMillis >= Math.min(completeDueMillis, firewall.dueMillis())
                || !fastPath.isOpen()
                || !resolver.canStep(snapshot)) {
            return FastPath.Written.NOTHING;
        }
        Optional<Ruleset> ruleset = resolver.desired().ruleset();
        Resolved.Step step = times.measure(Report.Phase.RESOLVE, () -> resolver.step(snapshot));
        if (step.affected().isEmpty() || awaitsPeers(step, nowMillis)) {
            return FastPath.Written.NOTHING;
        }
        boolean needless = reporter.hasObstacles() || !news.lostRoutes().isEmpty();
        long[] affected = step.affected().get();
        FastPath.Written written = writeRoutes(step, affected, news.lostRoutes(), times, nowMillis);
        resolver.assemble();
        if (written.outcomes().isEmpty() && needless && affected.length > 0) {
            // The desired state changed with nothing to write: an obstacle or a next hop may have become needless.
            return FastPath.Written.NOTHING;
        }
        boolean filterChanged =
                news.tables().contains(KernelTable.RULESET) || news.tables().contains(KernelTable.FIREWALL);
        if (filterChanged) {
            filter.invalidate();
            firewall.invalidate();
            // What drops our packets there is found by a complete cycle.
            completeDueMillis = Math.min(completeDueMillis, nowMillis + WARNED_WITHIN_MILLIS);
        }
        Optional<Devices> devices = fastPath.devices();
        return written.complete()
                        && devices.isPresent()
                        && (filterChanged || !ruleset.equals(resolver.desired().ruleset()))
                ? withFilter(written, devices.get(), times, nowMillis)
                : written;
    }

    private boolean awaitsPeers(Resolved.Step step, long nowMillis) {
        return !hold.heldPeers(step.unreadyPeers(), nowMillis).isEmpty();
    }

    private FastPath.Written writeRoutes(
            Resolved.Step step, long[] affected, Set<Prefix> lost, PhaseTimes times, long nowMillis) {
        long[] prefixes = lost.isEmpty() ? affected : FastPath.merged(affected, lost);
        DesiredRoutes routes =
                lost.isEmpty() ? step.routes() : step.to().desired().routes().only(prefixes);
        FastPath.Written written = fastPath.write(routes, prefixes, lost, resolver.protocols(), times, nowMillis);
        if (written.complete() && reporter.hasObstacles()) {
            Set<String> done = new HashSet<>();
            LongStream.of(prefixes).forEach(prefix -> done.add("route " + Prefix.ofKey(prefix)));
            reporter.clear(done);
        }
        return written;
    }

    /** A node that comes, goes or moves changes the tunnel's allowed sources. The routes to it need not wait for that. */
    private FastPath.Written withFilter(FastPath.Written written, Devices devices, PhaseTimes times, long nowMillis) {
        Cycle filterOnly = newCycle(times, hold, nowMillis);
        filterOnly.runFilter(resolver.desired(), devices);
        List<Outcome> outcomes = new ArrayList<>(written.outcomes());
        outcomes.addAll(filterOnly.outcomes());
        boolean complete =
                outcomes.stream().allMatch(outcome -> FailureClass.of(outcome).isEmpty());
        return new FastPath.Written(
                outcomes,
                complete && !filterOnly.filterUnread() && flows.obstacles().isEmpty());
    }

    /** What failed as one change may succeed as another. */
    private void forgetFailures(List<Outcome> outcomes) {
        if (!ledger.isEmpty()) {
            ledger.forget(outcomes.stream()
                    .filter(outcome -> FailureClass.of(outcome).isEmpty())
                    .map(outcome -> outcome.change().subject())
                    .collect(Collectors.toSet()));
        }
    }

    /** When a complete cycle has to run, even if nothing happens until then. */
    private long completeDue(boolean filterUnread, long nowMillis) {
        LongStream readAgain = filterUnread ? LongStream.of(nowMillis + backoff.millisAfter(1)) : LongStream.empty();
        return Stream.of(
                        ledger.nextDueMillis().stream(),
                        hold.nextDueMillis(nowMillis).stream(),
                        flows.nextDueMillis().stream(),
                        readAgain)
                .flatMapToLong(times -> times)
                .min()
                .orElse(NEVER);
    }

    private OptionalLong nextDue() {
        long due = Math.min(
                Math.min(completeDueMillis, firewall.dueMillis()),
                fastPath.nextVerification().orElse(NEVER));
        return due == NEVER ? OptionalLong.empty() : OptionalLong.of(due);
    }
}
