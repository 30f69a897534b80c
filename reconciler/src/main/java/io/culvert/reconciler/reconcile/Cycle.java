package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.diff.DeviceDiff;
import io.culvert.reconciler.diff.Difference;
import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.FibDiff;
import io.culvert.reconciler.diff.FibPlan;
import io.culvert.reconciler.diff.FibView;
import io.culvert.reconciler.diff.FilterDiff;
import io.culvert.reconciler.diff.NextHopIds;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.diff.SysctlDiff;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.node.Devices;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The steps of one cycle, in the order that keeps its promises: tunnel device, sysctls, packet filter (nobody is let in, and
 * nothing leaves with the wrong source, before the first route), next hops, routes added and replaced, routes deleted,
 * unused next hops, the device that is no longer wanted. A prefix that is wanted before and after is never absent in
 * between.
 */
final class Cycle {

    /** A device takes two looks to make: once to create it, once to give it its address; a third sees it done. */
    private static final int DEVICE_LOOKS = 3;

    private final Kernel kernel;
    private final FilterCache filter;
    private final Sysctls sysctls;
    private final NodeSettings settings;
    private final RetryLedger ledger;
    private final HandoverHold patience;
    private final PhaseTimes times;
    private final long nowMillis;

    private final List<Change> wished = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final List<Obstacle> obstacles = new ArrayList<>();
    private LinkState links = new LinkState(List.of());
    private boolean filterUnseen;
    private boolean removing = true;
    private @Nullable FibView recollection;
    private FibState fib = new FibState(List.of(), RouteTable.EMPTY);

    Cycle(
            Kernel kernel,
            FilterCache filter,
            Sysctls sysctls,
            NodeSettings settings,
            RetryLedger ledger,
            HandoverHold patience,
            PhaseTimes times,
            long nowMillis) {
        this.kernel = kernel;
        this.filter = filter;
        this.sysctls = sysctls;
        this.settings = settings;
        this.ledger = ledger;
        this.patience = patience;
        this.times = times;
        this.nowMillis = nowMillis;
    }

    void look() {
        times.measure(Report.Phase.OBSERVE, () -> {
            links = kernel.observeLinks();
            fib = kernel.observeFib();
        });
    }

    Devices devices() {
        return Devices.of(settings.tunnelDevice(), settings.address().address(), links);
    }

    FibState fib() {
        return fib;
    }

    LinkState links() {
        return links;
    }

    List<Outcome> outcomes() {
        return outcomes;
    }

    /** What is wished for and, now that the cycle has run, is not in the kernel. */
    List<Obstacle> obstacles() {
        return obstacles;
    }

    /** Whether the packet filter could not be asked, so that the cycle has to be repeated soon. */
    boolean filterUnseen() {
        return filterUnseen;
    }

    /** Adds and repairs only: nothing of ours is taken away. */
    void removeNothing(Obstacle reason) {
        obstacles.add(reason);
        removing = false;
    }

    /** Whether nothing was to be removed. */
    boolean isHeld() {
        return !removing;
    }

    /** Makes the kernel hold what is desired, as far as it lets itself. */
    void run(DesiredState desired, RouteProtocols protocols) {
        setUpDevice(desired);
        for (Change.SetSysctl change : SysctlDiff.of(desired, devices(), sysctls)) {
            applyOne(change, () -> sysctls.apply(change));
        }
        applyRuleset(desired, devices().tunnel().isPresent());
        applyFib(desired, protocols);
        tearDownDevice(desired);
        ledger.retain(wished);
        obstacles.addAll(ledger.obstacles());
    }

    /** Sees to the packet filter alone, as after a look that found the tunnel device or did not. */
    void runFilter(DesiredState desired, boolean tunnelPresent) {
        applyRuleset(desired, tunnelPresent);
        obstacles.addAll(ledger.obstacles());
    }

    /** As long as the tunnel device is there, wanted or not, strangers are kept out of it. */
    private void applyRuleset(DesiredState desired, boolean tunnelPresent) {
        // When the last pool is gone and the device is not yet, the filter goes after it.
        if (desired.ruleset().isEmpty() && (tunnelPresent || !removing)) {
            return;
        }
        // Once the device has gone, what failed while it stood is not wished for any more.
        wished.removeIf(change -> change.kind() == Change.Kind.RULESET);
        Optional<Ruleset> wanted =
                desired.ruleset().map(ruleset -> ruleset.withTunnelFiltered(ruleset.tunnelFiltered() || tunnelPresent));
        for (Change change : filterChanges(wanted)) {
            applyOne(change, () -> filter.apply(change));
        }
    }

    /** A packet filter that cannot be asked is no reason to leave routes undone. */
    private List<Change> filterChanges(Optional<Ruleset> wanted) {
        try {
            FilterState state = times.measure(Report.Phase.OBSERVE, filter::state);
            return FilterDiff.of(wanted, state);
        } catch (KernelException e) {
            obstacles.add(new Obstacle("table ip culvert", FailureClass.TRANSIENT, String.valueOf(e.getMessage())));
            filterUnseen = true;
            return List.of();
        }
    }

    private void setUpDevice(DesiredState desired) {
        if (desired.tunnel().isEmpty()) {
            return;
        }
        Difference difference = Difference.NONE;
        for (int look = 0; look < DEVICE_LOOKS; look++) {
            difference = times.measure(
                    Report.Phase.DIFF, () -> DeviceDiff.setUp(desired.tunnel().get(), links));
            if (applyDue(difference.changes()).stream().noneMatch(Outcome::succeeded)) {
                break;
            }
            // A device that was made or set up anew has dropped its routes without a word.
            look();
        }
        obstacles.addAll(difference.obstacles());
    }

    private void tearDownDevice(DesiredState desired) {
        if (!removing) {
            return;
        }
        boolean unwanted = desired.tunnel().isEmpty() && devices().tunnel().isPresent();
        if (patience.keepsDevice(!unwanted, nowMillis)) {
            devices()
                    .tunnel()
                    .filter(device -> unwanted)
                    .ifPresent(device -> obstacles.add(new Obstacle(
                            "link " + device.name(),
                            FailureClass.WAITING,
                            "kept for a moment: peers may still send to it")));
            return;
        }
        // What went through it was moved or deleted just now; what could not be, still needs it.
        look();
        Difference difference = DeviceDiff.tearDown(settings.tunnelDevice(), links, fib.routes(), row -> false);
        obstacles.addAll(difference.obstacles());
        if (applyDue(difference.changes()).stream().anyMatch(Outcome::succeeded)) {
            applyRuleset(desired, false);
            recollection = null;
            look();
        }
    }

    private void applyFib(DesiredState desired, RouteProtocols protocols) {
        Set<Address> held = patience.heldPeers(desired.unreadyPeers(), nowMillis);
        NextHopIds ids = NextHopIds.of(fib.nextHops(), protocols.current());
        FibPlan plan = times.measure(
                Report.Phase.DIFF,
                () -> FibDiff.of(desired.routes(), fib, ids, devices().up(), protocols, held));
        obstacles.addAll(plan.obstacles());
        int before = outcomes.size();
        Set<Integer> missing = new HashSet<>();
        plan.nextHopAdds().forEach(add -> missing.add(add.id()));
        for (Outcome outcome : applyDue(plan.nextHopAdds())) {
            if (outcome.succeeded() && outcome.change() instanceof Change.AddNextHop add) {
                missing.remove(add.id());
            }
        }
        long moved = applyDue(withoutThoseThatNeed(missing, plan.routePuts())).stream()
                .filter(Outcome::succeeded)
                .count();
        if (removing) {
            applyDue(plan.routeDeletes());
            boolean allMoved = moved == plan.routePuts().size();
            applyDue(allMoved ? plan.nextHopDeletes() : withoutThoseInUse(plan.nextHopDeletes()));
        }
        missing.forEach(ids::forget);
        List<Outcome> applied = outcomes.subList(before, outcomes.size());
        recollection = new FibView(devices(), fib.routes(), ids, protocols);
        recollection.noteAll(applied);
    }

    /** What the kernel holds now, by the last look and what was done since; empty if that is not to be relied on. */
    Optional<FibView> recollection() {
        return Optional.ofNullable(recollection).filter(known -> !known.isVague());
    }

    /** A route that could not be moved still stands on the next hop it was seen with. */
    private List<Change> withoutThoseInUse(List<Change> nextHopDeletes) {
        Set<Integer> used = new HashSet<>();
        for (int row = 0; row < fib.routes().size(); row++) {
            used.add(fib.routes().nextHop(row));
        }
        return nextHopDeletes.stream()
                .filter(change -> !(change instanceof Change.DeleteNextHop delete && used.contains(delete.id())))
                .toList();
    }

    private List<Change> withoutThoseThatNeed(Set<Integer> missing, List<Change> routePuts) {
        if (missing.isEmpty()) {
            return routePuts;
        }
        List<Change> possible = new ArrayList<>();
        for (Change put : routePuts) {
            if (missing.contains(nextHopOf(put))) {
                obstacles.add(
                        new Obstacle(put.subject(), FailureClass.WAITING, "its next hop could not be put in place"));
            } else {
                possible.add(put);
            }
        }
        return possible;
    }

    private static int nextHopOf(Change put) {
        if (put instanceof Change.AddRoute add) {
            return add.nextHop();
        }
        return put instanceof Change.ReplaceRoute replace ? replace.nextHop() : 0;
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
        return ended;
    }

    private void applyOne(Change change, Supplier<Outcome> apply) {
        wished.add(change);
        if (ledger.due(change, nowMillis)) {
            settle(times.measure(Report.Phase.APPLY, apply));
        }
    }

    private void settle(Outcome outcome) {
        outcomes.add(outcome);
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
}
