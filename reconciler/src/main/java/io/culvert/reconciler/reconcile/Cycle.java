package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.TunnelDevice;
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
import io.culvert.reconciler.diff.TunnelRivals;
import io.culvert.reconciler.firewall.FirewallDiff;
import io.culvert.reconciler.firewall.FirewallState;
import io.culvert.reconciler.firewall.FirewallWarnings;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.Devices;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * The steps of one complete cycle, in the order that keeps the laws: sysctls, tunnel device, packet filter, next hops, routes
 * added and replaced, routes deleted, unused next hops, a device that is no longer desired. A prefix that is desired before and
 * after is never absent in between.
 */
final class Cycle {

    /** A device takes two observations: one to create it, one to give it its address. A third one sees it done. */
    private static final int DEVICE_OBSERVATIONS = 3;

    private final Kernel kernel;
    private final FilterCache filter;
    private final FirewallCache firewall;
    private final UntranslatedFlows flows;
    private final Sysctls sysctls;
    private final NodeSettings settings;
    private final HandoverHold hold;
    private final PhaseTimes times;
    private final long nowMillis;
    private final Applier applier;

    private final List<Obstacle> obstacles = new ArrayList<>();
    private LinkState links = new LinkState(List.of());
    private FibState fib = new FibState(List.of(), RouteTable.EMPTY);
    private NodeAddress address;
    private boolean filterUnread;
    private boolean removing = true;
    private @Nullable FibView view;

    Cycle(
            Kernel kernel,
            FilterCache filter,
            FirewallCache firewall,
            UntranslatedFlows flows,
            Sysctls sysctls,
            NodeSettings settings,
            InterfaceAddress knownAddress,
            RetryLedger ledger,
            HandoverHold hold,
            PhaseTimes times,
            long nowMillis) {
        this.kernel = kernel;
        this.filter = filter;
        this.firewall = firewall;
        this.flows = flows;
        this.sysctls = sysctls;
        this.settings = settings;
        this.address = NodeAddress.present(knownAddress);
        this.hold = hold;
        this.times = times;
        this.nowMillis = nowMillis;
        this.applier = new Applier(kernel, ledger, times, nowMillis);
    }

    void observe() {
        times.measure(Report.Phase.OBSERVE, () -> {
            links = kernel.observeLinks();
            fib = kernel.observeFib();
            address = NodeAddress.observed(settings.addressOrigin(), address.address(), links, fib.defaultPaths());
        });
    }

    Devices devices() {
        return Devices.of(settings.tunnelDevice(), address.address().address(), links);
    }

    /** The node's own, as last observed. */
    NodeAddress address() {
        return address;
    }

    LinkState links() {
        return links;
    }

    FibState fib() {
        return fib;
    }

    List<Outcome> outcomes() {
        return applier.outcomes();
    }

    /** What is desired and, now that the cycle has run, not in the kernel. */
    List<Obstacle> obstacles() {
        return obstacles;
    }

    /** Whether the packet filter could not be read, so that the cycle has to be repeated soon. */
    boolean filterUnread() {
        return filterUnread;
    }

    /** What is wrong although every change succeeds. */
    void obstacle(Obstacle obstacle) {
        obstacles.add(obstacle);
    }

    /** Adds and repairs only: nothing of ours is removed. */
    void removeNothing(Obstacle reason) {
        obstacles.add(reason);
        removing = false;
    }

    /** Whether {@link #removeNothing} was called. */
    boolean isHeld() {
        return !removing;
    }

    /** Makes the kernel hold what is desired, except for what fails or is held back. */
    void run(DesiredState desired, RouteProtocols protocols) {
        setSysctls(desired);
        setUpDevice(desired);
        applyRuleset(desired, devices());
        applyForwardRules(desired);
        applyFib(desired, protocols);
        forgetFlows(desired);
        tearDownDevices(desired);
        applier.forgetUnplanned();
        obstacles.addAll(applier.failures());
        obstacles.addAll(flows.obstacles());
    }

    /**
     * Reconciles the packet filter and the rules in the host's firewall alone.
     *
     * @param known the devices that the last observation found
     */
    void runFilter(DesiredState desired, Devices known) {
        applyRuleset(desired, known);
        applyForwardRules(desired);
        forgetFlows(desired);
        obstacles.addAll(applier.failures());
    }

    /** While the tunnel device exists, desired or not, it is filtered. */
    private void applyRuleset(DesiredState desired, Devices known) {
        boolean tunnelPresent = known.tunnel().isPresent();
        // After the last pool the filter goes, but not before the device.
        if (desired.ruleset().isEmpty() && (tunnelPresent || !removing)) {
            return;
        }
        applier.replanFilter();
        Optional<Ruleset> ruleset = desired.ruleset()
                .map(rules -> rules.withTunnelFiltered(rules.tunnelFiltered() || tunnelPresent))
                .map(rules -> TunnelRivals.filtered(rules, known));
        for (Change change : filterChanges(ruleset)) {
            applier.applyDue(change, () -> write(change));
        }
    }

    private Outcome write(Change change) {
        boolean widens = change instanceof Change.ReplaceRuleset replace
                && FilterDiff.widensTranslation(filter.state(), replace.ruleset());
        Outcome outcome = filter.apply(change);
        if (widens && outcome.succeeded()) {
            flows.untranslated();
        }
        return outcome;
    }

    private void forgetFlows(DesiredState desired) {
        Optional<Ruleset> ruleset =
                desired.ruleset().filter(rules -> !rules.natPools().isEmpty());
        if (ruleset.isEmpty() || !flows.areDue(nowMillis)) {
            return;
        }
        applier.note(times.measure(Report.Phase.APPLY, () -> flows.forget(ruleset.get(), nowMillis)));
    }

    /** A packet filter that cannot be read does not stop the routes. */
    private List<Change> filterChanges(Optional<Ruleset> desired) {
        try {
            FilterState state = times.measure(Report.Phase.OBSERVE, filter::state);
            return FilterDiff.of(desired, state);
        } catch (KernelException e) {
            obstacles.add(new Obstacle("table ip culvert", FailureClass.TRANSIENT, String.valueOf(e.getMessage())));
            filterUnread = true;
            return List.of();
        }
    }

    /** Before the device is up: it must not drop the first packet. */
    private void setSysctls(DesiredState desired) {
        for (Change.SetSysctl change : SysctlDiff.of(desired, devices(), sysctls)) {
            applier.applyDue(change, () -> sysctls.apply(change));
        }
    }

    private void applyForwardRules(DesiredState desired) {
        SortedSet<Prefix> pools = desired.ruleset()
                .filter(ruleset -> settings.forwardRules())
                .map(Ruleset::pools)
                .orElseGet(Collections::emptySortedSet);
        try {
            FirewallState state = times.measure(Report.Phase.OBSERVE, () -> firewall.state(nowMillis));
            for (Change change : FirewallDiff.of(pools, state)) {
                if (removing || change.operation() != Change.Operation.DELETE) {
                    applier.applyDue(change, () -> firewall.apply(change));
                }
            }
        } catch (KernelException e) {
            obstacles.add(new Obstacle("firewall", FailureClass.TRANSIENT, String.valueOf(e.getMessage())));
            filterUnread = true;
        }
    }

    /** What in the host's firewall drops our packets, now that the cycle has run. */
    List<String> firewallWarnings(DesiredState desired) {
        if (desired.ruleset().isEmpty()) {
            return List.of();
        }
        FirewallWarnings.Node node = new FirewallWarnings.Node(
                address.address().address(),
                desired.tunnel().map(TunnelDevice::name),
                devices().underlay().map(Link::name));
        try {
            FirewallState state = times.measure(Report.Phase.OBSERVE, () -> firewall.state(nowMillis));
            return FirewallWarnings.of(desired.ruleset().get(), node, state);
        } catch (KernelException unread) {
            // The cycle has an obstacle for it already, or the next one will.
            filterUnread = true;
            return List.of();
        }
    }

    private void setUpDevice(DesiredState desired) {
        if (desired.tunnel().isEmpty()) {
            return;
        }
        Difference difference = Difference.NONE;
        for (int observation = 0; observation < DEVICE_OBSERVATIONS; observation++) {
            difference = times.measure(
                    Report.Phase.DIFF,
                    () -> DeviceDiff.setUp(
                            desired.tunnel().get(),
                            links,
                            settings.formerDevices(),
                            devices().underlay().filter(Link::up)));
            if (applier.applyDue(difference.changes()).stream().noneMatch(Outcome::succeeded)) {
                break;
            }
            // A device that was created or reconfigured has dropped its routes without an event.
            observe();
            setSysctls(desired);
        }
        obstacles.addAll(difference.obstacles());
    }

    private void tearDownDevices(DesiredState desired) {
        if (!removing) {
            return;
        }
        List<Link> undesired = undesiredDevices(desired);
        boolean held = hold.keepsDevice(desired.tunnel().isPresent() || undesired.isEmpty(), nowMillis);
        if (undesired.isEmpty()) {
            return;
        }
        if (held && desired.tunnel().isEmpty()) {
            undesired.forEach(device -> obstacles.add(new Obstacle(
                    "link " + device.name(),
                    FailureClass.WAITING,
                    "no longer needed; deleted in a few seconds, because peers may still send to it")));
            return;
        }
        // Its routes were moved or deleted just now. Those that failed still need it, so observe again.
        observe();
        boolean deleted = false;
        for (Link device : undesired) {
            Difference difference = DeviceDiff.tearDown(device.name(), links, fib.routes(), row -> false);
            obstacles.addAll(difference.obstacles());
            deleted |= applier.applyDue(difference.changes()).stream().anyMatch(Outcome::succeeded);
        }
        if (deleted) {
            observe();
            applyRuleset(desired, devices());
            if (desired.tunnel().isEmpty()) {
                view = null;
            }
        }
    }

    /** Devices of ours to delete. A former one carries packets until the desired one can. */
    private List<Link> undesiredDevices(DesiredState desired) {
        boolean replaced = desired.tunnel().isEmpty() || devices().up().tunnel().isPresent();
        List<Link> undesired = new ArrayList<>();
        if (desired.tunnel().isEmpty()) {
            devices().tunnel().ifPresent(undesired::add);
        }
        if (replaced) {
            links.links().stream()
                    .filter(link ->
                            link.ipip().isPresent() && settings.formerDevices().contains(link.name()))
                    .forEach(undesired::add);
        }
        return undesired;
    }

    private void applyFib(DesiredState desired, RouteProtocols protocols) {
        Set<Address> held = hold.heldPeers(desired.unreadyPeers(), nowMillis);
        NextHopIds ids = NextHopIds.of(fib.nextHops(), protocols.current());
        FibPlan plan = times.measure(
                Report.Phase.DIFF,
                () -> FibDiff.of(desired.routes(), fib, ids, devices().up(), protocols, held));
        obstacles.addAll(plan.obstacles());
        int before = applier.outcomes().size();
        Set<Integer> missing = new HashSet<>();
        plan.nextHopAdds().forEach(add -> missing.add(add.id()));
        for (Outcome outcome : applier.applyDue(plan.nextHopAdds())) {
            if (outcome.succeeded() && outcome.change() instanceof Change.AddNextHop add) {
                missing.remove(add.id());
            }
        }
        List<Outcome> put = applier.applyDue(withoutThoseThatNeed(missing, plan.routePuts()));
        if (removing) {
            boolean allPut = put.stream().filter(Outcome::succeeded).count()
                    == plan.routePuts().size();
            applier.applyDue(allPut ? plan.routeDeletes() : withoutThoseNeeded(plan, put));
            applier.applyDue(allPut ? plan.nextHopDeletes() : withoutThoseInUse(plan.nextHopDeletes()));
        }
        missing.forEach(ids::forget);
        List<Outcome> applied =
                applier.outcomes().subList(before, applier.outcomes().size());
        view = new FibView(devices(), fib.routes(), ids, protocols);
        view.noteAll(applied);
    }

    /** The FIB as observed, with the changes since; empty if that is not reliable. */
    Optional<FibView> view() {
        return Optional.ofNullable(view).filter(known -> !known.isVague());
    }

    /** What carries the packets of a prefix stays until the new route is in place. */
    private static List<Change> withoutThoseNeeded(FibPlan plan, List<Outcome> put) {
        Set<String> unput = new HashSet<>();
        plan.routePuts().forEach(change -> unput.add(change.subject()));
        put.stream()
                .filter(Outcome::succeeded)
                .forEach(outcome -> unput.remove(outcome.change().subject()));
        return plan.routeDeletes().stream()
                .filter(change -> !unput.contains(change.subject()))
                .toList();
    }

    /** A route that failed to move still uses the next hop it was observed with. */
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
                obstacles.add(new Obstacle(put.subject(), FailureClass.WAITING, "its next hop could not be added"));
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
}
