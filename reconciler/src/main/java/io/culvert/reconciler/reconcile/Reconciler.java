package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.resolve.DesiredState;
import io.culvert.reconciler.resolve.LocalNode;
import io.culvert.reconciler.resolve.Resolver;
import io.culvert.reconciler.resolve.TunnelDevice;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The cycle: observe, resolve, diff, apply, report. Straight-line and blocking; it belongs to the one thread that owns the
 * kernel. Every cycle works from a fresh look at links, next hops and routes; the packet filter is looked at when an event,
 * a changed wish, an earlier failure or a resync asks for it, because that look costs a process.
 *
 * <p>The order: tunnel device, sysctls, packet filter (nobody is let in, and nothing leaves with the wrong source, before
 * the first route), next hops, routes added and replaced, routes deleted, unused next hops, the device that is no longer
 * wanted. A prefix that is wanted before and after is never absent in between.
 */
public final class Reconciler {

    private static final int IPIP_OVERHEAD_BYTES = 20;
    private static final int FALLBACK_MTU_BYTES = 1480;
    private static final int DEVICE_LOOKS = 3;

    private final Kernel kernel;
    private final PacketFilter filter;
    private final Sysctls sysctls;
    private final NodeSettings settings;
    private final LongSupplier nanoTime;
    private final RetryLedger ledger;

    private long cycles;
    private @Nullable Snapshot resolvedSnapshot;
    private @Nullable LocalNode resolvedLocal;
    private DesiredState desired = DesiredState.EMPTY;
    private @Nullable DesiredState convergedOn;
    private @Nullable FilterState standingFilter;

    /** @param nanoTime a monotonic clock, only to measure how long phases take */
    public Reconciler(
            Kernel kernel,
            PacketFilter filter,
            Sysctls sysctls,
            NodeSettings settings,
            Backoff backoff,
            LongSupplier nanoTime) {
        this.kernel = kernel;
        this.filter = filter;
        this.sysctls = sysctls;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.ledger = new RetryLedger(backoff);
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
        Cycle cycle = new Cycle(trigger, events, nowMillis);
        cycle.look();
        cycle.resolve(snapshot);
        return cycle.run(snapshot.revision());
    }

    /**
     * Removes everything of ours from the kernel, by the same cycle with nothing desired.
     *
     * @throws FatalException as {@link #reconcile}
     */
    public Report cleanUp() {
        Cycle cycle = new Cycle(Trigger.START, Set.of(), 0);
        cycle.look();
        desired = DesiredState.EMPTY;
        return cycle.run(0);
    }

    /** What {@link #reconcile} would do to the kernel as it is. Writes nothing. */
    public Plan plan(Snapshot snapshot) {
        Cycle cycle = new Cycle(Trigger.START, Set.of(), 0);
        cycle.look();
        cycle.resolve(snapshot);
        return cycle.plan();
    }

    /** What {@link #cleanUp} would do to the kernel as it is. Writes nothing. */
    public Plan cleanUpPlan() {
        Cycle cycle = new Cycle(Trigger.START, Set.of(), 0);
        cycle.look();
        desired = DesiredState.EMPTY;
        return cycle.plan();
    }

    /** The state of one cycle: the looks, the outcomes, the time spent. */
    private final class Cycle {

        private final Trigger trigger;
        private final Set<KernelTable> events;
        private final long nowMillis;
        private final PhaseTimes times = new PhaseTimes(nanoTime);
        private final List<Outcome> outcomes = new ArrayList<>();
        private final List<Obstacle> obstacles = new ArrayList<>();
        private final List<Change> wished = new ArrayList<>();
        private LinkState links = new LinkState(List.of());
        private FibState fib = new FibState(List.of(), RouteTable.EMPTY);

        Cycle(Trigger trigger, Set<KernelTable> events, long nowMillis) {
            this.trigger = trigger;
            this.events = events;
            this.nowMillis = nowMillis;
        }

        void look() {
            times.measure(Report.Phase.OBSERVE, () -> {
                links = kernel.observeLinks();
                fib = kernel.observeFib();
            });
        }

        // The same snapshot object is the same snapshot; comparing 100,000 blocks would cost more than resolving them.
        @SuppressWarnings("ReferenceEquality")
        void resolve(Snapshot snapshot) {
            times.measure(Report.Phase.RESOLVE, () -> {
                LocalNode local = localNode();
                if (snapshot != resolvedSnapshot || !local.equals(resolvedLocal)) {
                    desired = Resolver.resolve(snapshot, local);
                    resolvedSnapshot = snapshot;
                    resolvedLocal = local;
                }
            });
        }

        @SuppressWarnings("ReferenceEquality")
        Report run(long revision) {
            cycles++;
            boolean wishUnchanged = desired == convergedOn;
            if (trigger == Trigger.RESYNC || eventsTouchRouting()) {
                ledger.wakeWaiting();
            }
            setUpDevice();
            applySysctls();
            applyRuleset();
            applyFib();
            tearDownDevice();
            ledger.retain(wished);
            obstacles.addAll(ledger.obstacles());
            convergedOn = obstacles.isEmpty() ? desired : null;
            return new Report(
                    cycles,
                    trigger,
                    revision,
                    desired,
                    outcomes,
                    obstacles,
                    poolReports(),
                    warnings(),
                    wishUnchanged && !outcomes.isEmpty(),
                    ledger.nextDueMillis(),
                    times.nanos());
        }

        private boolean eventsTouchRouting() {
            return events.stream().anyMatch(table -> table != KernelTable.RULESET);
        }

        Plan plan() {
            List<Change> changes = new ArrayList<>();
            LinkState planned = links;
            if (desired.tunnel().isPresent()) {
                TunnelDevice tunnel = desired.tunnel().get();
                Difference device = DeviceDiff.setUp(tunnel, links);
                if (links.named(tunnel.name()).isEmpty() && device.obstacles().isEmpty()) {
                    changes.addAll(device.changes());
                    planned = with(links, tunnel);
                    device = DeviceDiff.setUp(tunnel, planned);
                }
                changes.addAll(device.changes());
                obstacles.addAll(device.obstacles());
            }
            changes.addAll(sysctlChanges());
            changes.addAll(rulesetChanges(filter.observe()));
            FibPlan fibPlan =
                    FibDiff.of(desired.routes(), fib, devices(planned, link -> true), settings.routeProtocol());
            changes.addAll(fibPlan.nextHopPuts());
            changes.addAll(fibPlan.routePuts());
            changes.addAll(fibPlan.routeDeletes());
            changes.addAll(fibPlan.nextHopDeletes());
            obstacles.addAll(fibPlan.obstacles());
            if (desired.tunnel().isEmpty()) {
                changes.addAll(DeviceDiff.tearDown(settings.tunnelDevice(), links));
            }
            return new Plan(changes, obstacles);
        }

        private LocalNode localNode() {
            Set<Address> guarded = new HashSet<>(settings.guarded());
            RouteTable routes = fib.routes();
            for (int row = 0; row < routes.size() && routes.key(row) == 0; row++) {
                Address gateway = routes.gateway(row);
                if (gateway != null) {
                    guarded.add(gateway);
                }
            }
            return new LocalNode(
                    settings.nodeName(), settings.address(), settings.tunnelDevice(), tunnelMtu(), guarded);
        }

        private int tunnelMtu() {
            return settings.tunnelMtu()
                    .orElseGet(() -> links.carrying(settings.address().address())
                            .or(() -> links.named(settings.tunnelDevice()).map(this::asItsOwnUnderlay))
                            .map(underlay -> underlay.mtu() - IPIP_OVERHEAD_BYTES)
                            .orElse(FALLBACK_MTU_BYTES));
        }

        /** While no device carries the node's address there is nothing to derive from: the tunnel keeps the MTU it has. */
        private Link asItsOwnUnderlay(Link tunnel) {
            return new Link(
                    tunnel.index(),
                    tunnel.name(),
                    tunnel.kind(),
                    tunnel.up(),
                    tunnel.mtu() + IPIP_OVERHEAD_BYTES,
                    tunnel.ipip(),
                    tunnel.addresses());
        }

        private void setUpDevice() {
            if (desired.tunnel().isEmpty()) {
                return;
            }
            Difference difference = Difference.NONE;
            for (int look = 0; look < DEVICE_LOOKS; look++) {
                difference = times.measure(
                        Report.Phase.DIFF,
                        () -> DeviceDiff.setUp(desired.tunnel().get(), links));
                if (applyDue(difference.changes()).stream().noneMatch(Outcome::succeeded)) {
                    break;
                }
                look();
            }
            obstacles.addAll(difference.obstacles());
        }

        private void tearDownDevice() {
            if (desired.tunnel().isEmpty()) {
                applyDue(DeviceDiff.tearDown(settings.tunnelDevice(), links));
            }
        }

        private void applySysctls() {
            sysctlChanges().forEach(change -> applyOne(change, () -> sysctls.apply(change)));
        }

        private List<Change.SetSysctl> sysctlChanges() {
            return desired.sysctls().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .filter(wish -> !sysctls.read(wish.getKey()).equals(OptionalInt.of(wish.getValue())))
                    .map(wish -> new Change.SetSysctl(wish.getKey(), wish.getValue()))
                    .toList();
        }

        private void applyRuleset() {
            if (standingFilter == null || events.contains(KernelTable.RULESET) || trigger == Trigger.RESYNC) {
                standingFilter = times.measure(Report.Phase.OBSERVE, filter::observe);
            }
            for (Change change : rulesetChanges(standingFilter)) {
                applyOne(change, () -> filter.apply(change));
                // What was written is looked at in the next cycle: only a look says what is true.
                standingFilter = null;
            }
        }

        private List<Change> rulesetChanges(FilterState actual) {
            Optional<Ruleset> wanted = desired.ruleset();
            if (actual.deviations().isEmpty() && actual.ruleset().equals(wanted)) {
                return List.of();
            }
            if (wanted.isPresent()) {
                return List.of(new Change.ReplaceRuleset(wanted.get()));
            }
            return actual.ruleset().isPresent() || !actual.deviations().isEmpty()
                    ? List.of(new Change.DeleteRuleset())
                    : List.of();
        }

        private void applyFib() {
            FibPlan plan = times.measure(
                    Report.Phase.DIFF,
                    () -> FibDiff.of(desired.routes(), fib, devices(links, Link::up), settings.routeProtocol()));
            obstacles.addAll(plan.obstacles());
            Set<Integer> missing = new HashSet<>();
            plan.nextHopPuts().forEach(put -> missing.add(put.id()));
            for (Outcome outcome : applyDue(plan.nextHopPuts())) {
                if (outcome.succeeded() && outcome.change() instanceof Change.PutNextHop put) {
                    missing.remove(put.id());
                }
            }
            applyDue(withoutThoseThatNeed(missing, plan.routePuts()));
            applyDue(plan.routeDeletes());
            applyDue(plan.nextHopDeletes());
        }

        private List<Change> withoutThoseThatNeed(Set<Integer> missing, List<Change> routePuts) {
            if (missing.isEmpty()) {
                return routePuts;
            }
            List<Change> possible = new ArrayList<>();
            for (Change put : routePuts) {
                if (missing.contains(nextHopOf(put))) {
                    obstacles.add(new Obstacle(
                            put.subject(), FailureClass.WAITING, "its next hop could not be put in place"));
                } else {
                    possible.add(put);
                }
            }
            return possible;
        }

        private List<Outcome> applyDue(List<? extends Change> changes) {
            wished.addAll(changes);
            List<Change> due = new ArrayList<>(changes);
            if (!ledger.isEmpty()) {
                due.removeIf(change -> !ledger.due(change, nowMillis));
            }
            if (due.isEmpty()) {
                return List.of();
            }
            List<Outcome> ended = times.measure(Report.Phase.APPLY, () -> kernel.apply(due));
            ended.forEach(this::settle);
            outcomes.addAll(ended);
            return ended;
        }

        private void applyOne(Change change, Supplier<Outcome> apply) {
            wished.add(change);
            if (ledger.due(change, nowMillis)) {
                Outcome outcome = times.measure(Report.Phase.APPLY, apply);
                settle(outcome);
                outcomes.add(outcome);
            }
        }

        private void settle(Outcome outcome) {
            Optional<FailureClass> failure = FailureClass.of(outcome);
            if (failure.isEmpty()) {
                ledger.succeeded(outcome.change());
            } else if (failure.get() == FailureClass.FATAL) {
                throw new FatalException("the kernel refuses '" + outcome.change()
                        + "': run the agent as root or give it CAP_NET_ADMIN in the node's network namespace");
            } else {
                ledger.failed(outcome, failure.get(), nowMillis);
            }
        }

        private Devices devices(LinkState state, Predicate<Link> usable) {
            return new Devices(
                    desired.tunnel()
                            .flatMap(tunnel -> state.named(tunnel.name()))
                            .filter(link -> link.ipip().isPresent())
                            .filter(usable),
                    state.carrying(settings.address().address()).filter(usable));
        }

        private List<Report.PoolReport> poolReports() {
            int[] wanted = new int[desired.routes().pools().size()];
            int[] failing = new int[wanted.length];
            Set<String> failed = new HashSet<>();
            obstacles.forEach(obstacle -> failed.add(obstacle.subject()));
            boolean shared = failed.stream().anyMatch(subject -> !subject.startsWith("route "));
            for (int row = 0; row < desired.routes().size(); row++) {
                int pool = desired.routes().poolNumber(row);
                wanted[pool]++;
                if (!failed.isEmpty()
                        && failed.contains("route " + desired.routes().prefix(row))) {
                    failing[pool]++;
                }
            }
            List<Report.PoolReport> reports = new ArrayList<>();
            for (int pool = 0; pool < wanted.length; pool++) {
                String name = desired.routes().pools().get(pool);
                reports.add(new Report.PoolReport(name, wanted[pool], failing[pool], failing[pool] == 0 && !shared));
            }
            reports.sort(Comparator.comparing(Report.PoolReport::pool));
            return reports;
        }

        private List<String> warnings() {
            if (desired.tunnel().isEmpty()) {
                return List.of();
            }
            return links.carrying(settings.address().address())
                    .filter(underlay -> strictReversePath(underlay.name()))
                    .map(underlay -> List.of("rp_filter is strict on " + underlay.name()
                            + ": packets are lost while a mode change reaches the nodes one by one; set"
                            + " net.ipv4.conf." + underlay.name() + ".rp_filter=2"))
                    .orElse(List.of());
        }

        /** The kernel takes the greater of the two values ({@code Documentation/networking/ip-sysctl.rst}). */
        private boolean strictReversePath(String device) {
            int all = sysctls.read("net/ipv4/conf/all/rp_filter").orElse(0);
            int own = sysctls.read("net/ipv4/conf/" + device + "/rp_filter").orElse(0);
            return Math.max(all, own) == 1;
        }
    }

    private static int nextHopOf(Change put) {
        if (put instanceof Change.AddRoute add) {
            return add.nextHop();
        }
        return put instanceof Change.ReplaceRoute replace ? replace.nextHop() : 0;
    }

    private static LinkState with(LinkState links, TunnelDevice tunnel) {
        List<Link> all = new ArrayList<>(links.links());
        all.add(new Link(
                0,
                tunnel.name(),
                "ipip",
                false,
                tunnel.mtu(),
                Optional.of(new Link.Ipip(tunnel.local(), new Address(0), true)),
                List.of()));
        return new LinkState(all);
    }
}
