package io.culvert.reconciler.model;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.firewall.HostFirewall;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.plan.Planner;
import io.culvert.reconciler.reconcile.Datastore;
import io.culvert.reconciler.reconcile.NodeN1;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resolve.Resolver;
import io.culvert.reconciler.resource.Snapshot;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Node n1, its etcd, its kernel and its agent, and the laws between them. A step is some lines that come together. At its end the
 * agent runs what is due, and the laws are checked.
 *
 * <p>L1 and L5 are about single changes, and L2 and L6 about what a cycle deletes: they are checked after each. The others are about what
 * a cycle leaves behind, and are checked after each step. Desired routes are there (L3). Another agent on this kernel would change nothing
 * more (L8). An agent on a fresh kernel would reach the same (L9). Objects with an obstacle are excepted, and only what failed, depends on
 * a failure, is foreign or waits for a peer has an obstacle (L7, after a cycle that observed: the fast path leaves most obstacles as they
 * were). Once the agent rests, only conflicts are excepted, and nothing unused is left. After an observation or a change that broke off,
 * or while the agent has missed an event, only L4 holds: it comes to rest.
 *
 * <pre>
 * pool …, node …, block …, claim …, borrow …, felix …, no …   etcd, as in a scenario
 * etcd away|back                     the agent loses etcd, until it catches up at once
 * assign ADDRESS|-                   IPAM assigns a tunnel address that our Node does not name yet, or takes it back
 * kernel … [unannounced]             others change the kernel (see {@link Meddling}); its announcement may be lost
 * race N kernel … [unannounced]      the same, after the next N changes of ours, between observation and change
 * fail ERRNO SKIP N                  after some more changes the next N fail
 * stuck ERRNO SUBJECT                every change of that object fails
 * observe-fails N                    the next observations are interrupted
 * apply-breaks N                     the next changes break off after N
 * heal                               nothing fails any more
 * wait MILLIS                        time passes
 * resync                             a full resync is requested
 * settle                             time passes until the agent rests
 * restart                            the agent restarts
 * cleanup                            culvert cleanup, between two lives of the agent
 * </pre>
 */
public final class Model {

    static final String NODE = NodeN1.NAME;

    private static final long HANDOVER_HOLD_MILLIS = 3000;
    private static final int MOST_ROUNDS_AT_ONCE = 10;
    private static final int MOST_ROUNDS = 500;
    private static final int ROUNDS_WHILE_STUCK = 60;

    private final Host host;
    private final Faults faults = new Faults();
    private final WatchedKernel watched;
    private final Meddling meddling;
    private final Datastore datastore = new Datastore();
    private final Set<Integer> usedMarks = new HashSet<>(Set.of(RouteProtocols.DEFAULT));
    private int mark = RouteProtocols.DEFAULT;
    private boolean connected = true;
    private Optional<Address> given = Optional.empty();
    private Agent agent;
    private long now;
    private boolean unannounced;
    private boolean lied;
    private boolean observed;
    private final Set<Change> failing = new HashSet<>();
    private long rests;

    public Model(Host host) {
        this.host = host;
        this.watched = new WatchedKernel(host, this::owns, faults);
        this.meddling = new Meddling(host, this);
        this.agent = newLife();
    }

    private boolean owns(int protocol) {
        return usedMarks.contains(protocol);
    }

    int currentMark() {
        return mark;
    }

    Sight sight() {
        return Sight.of(host.kernel(), this::owns);
    }

    /** How often the agent was found at rest, and so compared with a fresh one. */
    public long rests() {
        return rests;
    }

    private NodeSettings settings() {
        return NodeN1.settings(usedMarks, HANDOVER_HOLD_MILLIS);
    }

    private Reconciler newReconciler(Kernel kernel, PacketFilter filter, Sysctls sysctls) {
        return new Reconciler(
                kernel,
                filter,
                HostFirewall.NONE,
                sysctls,
                settings(),
                attempt -> Math.min(1000L << Math.min(attempt, 6) - 1, 30_000),
                () -> 0,
                Model::beforehand);
    }

    /** The other thread may finish its work before this one has observed anything. */
    private static <T> Supplier<T> beforehand(Supplier<T> work) {
        T done = work.get();
        return () -> done;
    }

    private Agent newLife() {
        Agent life = new Agent(newReconciler(watched, watched, watched), now);
        if (connected && datastore.snapshot().revision() > 0) {
            life.put(datastore.snapshot());
        }
        if (given.isPresent()) {
            life.putAssigned(given);
        }
        return life;
    }

    /** Carries out the lines of a step and lets the agent have its turn. */
    public void play(List<String> lines) {
        for (String line : lines) {
            carryOut(List.of(line.split(" ")));
        }
        turn();
        check();
    }

    private void carryOut(List<String> words) {
        switch (words.get(0)) {
            case "etcd" -> {
                connected = words.get(1).equals("back");
                deliver();
                if (connected && agent.awaitsConfirmation()) {
                    agent.confirm(datastore.snapshot().revision());
                }
            }
            case "assign" -> assign(words.get(1));
            case "kernel" -> meddle(words);
            case "race" ->
                watched.meddleBeforeChange(
                        Integer.parseInt(words.get(1)), () -> meddle(words.subList(2, words.size())));
            case "fail" ->
                faults.fail(
                        Integer.parseInt(words.get(1)), Integer.parseInt(words.get(2)), Integer.parseInt(words.get(3)));
            case "stuck" ->
                faults.stick(String.join(" ", words.subList(2, words.size())), Integer.parseInt(words.get(1)));
            case "observe-fails" -> faults.breakObservations(Integer.parseInt(words.get(1)));
            case "apply-breaks" -> faults.breakChanges(Integer.parseInt(words.get(1)));
            case "heal" -> faults.heal();
            case "wait" -> passTime(now + Long.parseLong(words.get(1)));
            case "resync" -> agent.askForResync();
            case "settle" -> settle();
            case "restart" -> agent = newLife();
            case "cleanup" -> cleanUp();
            default -> changeEtcd(words);
        }
    }

    private void changeEtcd(List<String> words) {
        boolean known = !words.get(0).equals("borrow") || blockHolds(Address.parse(words.get(1)));
        if (known && !datastore.carryOut(words)) {
            throw new IllegalArgumentException("no such line: " + String.join(" ", words));
        }
        deliver();
    }

    private boolean blockHolds(Address address) {
        return datastore.snapshot().blocks().keySet().stream().anyMatch(block -> block.contains(address));
    }

    private void deliver() {
        if (connected && datastore.snapshot().revision() > 0) {
            agent.put(datastore.snapshot());
        }
    }

    private void assign(String address) {
        given = address.equals("-") ? Optional.empty() : Optional.of(Address.parse(address));
        agent.putAssigned(given);
    }

    private void meddle(List<String> words) {
        boolean lost = words.get(words.size() - 1).equals("unannounced");
        List<String> line = lost ? words.subList(0, words.size() - 1) : words;
        meddling.carryOut(line);
        Announced announced = Meddling.announced(line);
        if (lost || announced.isNothing()) {
            unannounced = true;
        } else {
            agent.put(announced);
        }
    }

    /** A supervisor restarts an agent that has ended. */
    private void turn() {
        if (!agent.alive()) {
            faults.heal();
            agent = newLife();
        }
        for (int rounds = 0; agent.due(now); rounds++) {
            if (rounds > MOST_ROUNDS_AT_ONCE) {
                throw new LawBroken("L3: the agent does not come to rest: " + agent.last());
            }
            cycle();
            if (agent.awaitsConfirmation() && connected) {
                agent.confirm(datastore.snapshot().revision());
            }
        }
    }

    private void passTime(long until) {
        turn();
        int rounds = 0;
        while (agent.alive() && agent.snapshot() != null && agent.dueMillis() <= until) {
            if (rounds++ > MOST_ROUNDS) {
                throw new LawBroken("L3: the agent does not come to rest: " + agent.last());
            }
            now = Math.max(now, agent.dueMillis());
            turn();
        }
        now = until;
    }

    private void cycle() {
        Trigger trigger = agent.trigger(now);
        Snapshot snapshot = agent.snapshot();
        if (snapshot == null) {
            throw new LawBroken("L2: a cycle before the first snapshot");
        }
        mark = RouteProtocols.inUse(OptionalInt.empty(), snapshot.felixFor(NODE));
        usedMarks.add(mark);
        Sight before = sight();
        DesiredState desired = desired(snapshot);
        boolean unannouncedBefore = unannounced;
        unannounced = false;
        agent.cycle(now);
        List<WatchedKernel.Done> log = watched.takeLog();
        checkDeletions(log, desired);
        checkNeverAbsent(log, before, desired);
        Report report = agent.last();
        boolean sawAll = report != null && (trigger == Trigger.RESYNC || trigger == Trigger.START);
        unannounced |= unannouncedBefore && !sawAll;
        lied = faults.takeLie() || lied && !sawAll;
        observed = watched.takeObserved();
        log.forEach(this::noteFailure);
        if (report != null) {
            checkFiltered(report);
            checkHeld(report, trigger);
        }
    }

    private void noteFailure(WatchedKernel.Done done) {
        Change change = done.change();
        if (done.errno() == 0) {
            failing.removeIf(failed -> failed.equals(change)
                    || failed.subject().equals(change.subject()) && !isDeletion(failed) && !isDeletion(change));
        } else {
            failing.add(change);
        }
    }

    private static boolean isDeletion(Change change) {
        return change.operation() == Change.Operation.DELETE;
    }

    /** L2: while the brake holds, a complete cycle removes no route of ours. */
    private static void checkHeld(Report report, Trigger trigger) {
        boolean complete = trigger != Trigger.DATASTORE && trigger != Trigger.KERNEL;
        for (Outcome outcome : report.outcomes()) {
            if (complete && report.awaitsConfirmation() && outcome.change() instanceof Change.DeleteRoute) {
                throw new LawBroken("L2: '" + outcome.change() + "' while " + report.obstacles());
            }
        }
    }

    /** While the tunnel device exists, it is filtered. After the last pool the agent no longer repairs the filter. */
    private void checkFiltered(Report report) {
        boolean failed = report.obstacles().stream()
                .anyMatch(obstacle -> obstacle.subject().startsWith("table "));
        boolean removed = report.outcomes().stream()
                .anyMatch(outcome -> outcome.succeeded() && outcome.change() instanceof Change.DeleteRuleset);
        failed |= report.desired().ruleset().isEmpty() && !removed;
        boolean filtered = filter().ruleset().filter(Ruleset::tunnelFiltered).isPresent();
        if (!failed
                && !unannounced
                && faults.stuck().isEmpty()
                && sight().tunnel().isPresent()
                && !filtered) {
            throw new LawBroken("filter: the tunnel device exists without a filter: " + report.outcomes());
        }
    }

    private Planner planner() {
        return new Planner(host.kernel(), host.filter(), host.sysctls(), settings());
    }

    /** What the kernel should hold, by an observation of its own. */
    private DesiredState desired(Snapshot snapshot) {
        return Resolver.resolve(
                snapshot, planner().observe(snapshot, agent.assigned()).local());
    }

    private static Set<Prefix> prefixes(DesiredRoutes routes) {
        Set<Prefix> prefixes = new HashSet<>();
        for (int row = 0; row < routes.size(); row++) {
            prefixes.add(routes.prefix(row));
        }
        return prefixes;
    }

    /** L2 and L6: nothing is deleted but what the snapshot in force does not want. */
    private static void checkDeletions(List<WatchedKernel.Done> log, DesiredState desired) {
        DesiredRoutes wanted = desired.routes();
        for (WatchedKernel.Done done : log) {
            boolean wrong = false;
            if (done.change() instanceof Change.DeleteRoute delete) {
                int row = wanted.find(delete.prefix().key());
                wrong = row >= 0 && delete.metric() == metric(wanted, row);
            } else if (done.change() instanceof Change.DeleteLink) {
                wrong = desired.tunnel().isPresent();
            } else if (done.change() instanceof Change.DeleteRuleset) {
                wrong = desired.ruleset().isPresent();
            }
            if (wrong) {
                throw new LawBroken("L2: '" + done.change() + "', though the snapshot in force wants it");
            }
        }
    }

    private static int metric(DesiredRoutes routes, int row) {
        return routes.via(row) == null ? RouteTable.LAST_METRIC : 0;
    }

    /**
     * L5, by the log of the changes. A route that was left over beside the desired one may go: if that is gone as well,
     * somebody else took it away meanwhile, for L2 forbids it to us.
     */
    private static void checkNeverAbsent(List<WatchedKernel.Done> log, Sight before, DesiredState desired) {
        DesiredRoutes routes = desired.routes();
        Set<Prefix> kept = prefixes(routes);
        kept.retainAll(before.ownPrefixes());
        for (WatchedKernel.Done done : log) {
            for (Prefix prefix : done.lost()) {
                if (!kept.contains(prefix)) {
                    continue;
                }
                int wanted = metric(routes, routes.find(prefix.key()));
                boolean leftOver = done.change() instanceof Change.DeleteRoute delete && delete.metric() != wanted;
                if (!(leftOver && before.hasOwn(prefix, wanted))) {
                    throw new LawBroken(
                            "L5: " + prefix + " is wanted before and after, and '" + done.change() + "' takes it away");
                }
            }
        }
    }

    private void settle() {
        turn();
        if (agent.awaitsConfirmation()) {
            return;
        }
        int most = faults.stuck().isPresent() ? ROUNDS_WHILE_STUCK : MOST_ROUNDS;
        for (int rounds = 0; rounds < most && agent.alive() && agent.snapshot() != null; rounds++) {
            if (atRest()) {
                check();
                checkSecondCycle();
                return;
            }
            now = Math.max(now, agent.dueMillis());
            turn();
        }
        if (agent.alive() && agent.snapshot() != null && !agent.awaitsConfirmation()) {
            if (faults.stuck().isEmpty()) {
                throw new LawBroken("L4: never comes to rest: " + agent.last());
            }
            new Comparison(this, sight(), fresh())
                    .unrelatedTo(faults.stuck().get())
                    .check("L7");
        }
    }

    /** L3: the cycle after a converged one has nothing to do. */
    private void checkSecondCycle() {
        faults.heal();
        agent.askForResync();
        cycle();
        Report report = agent.last();
        if (report == null || !report.outcomes().isEmpty()) {
            throw new LawBroken("L3: the kernel was as desired, and a second cycle changed something: "
                    + (report == null ? "failed" : report.outcomes()));
        }
    }

    private boolean atRest() {
        return agent.rests() && faults.stuck().isEmpty() && !unannounced && !lied;
    }

    private void check() {
        Snapshot snapshot = agent.snapshot();
        Report report = agent.last();
        if (unannounced || !agent.alive() || snapshot == null || report == null) {
            return;
        }
        checkAnother(snapshot, report);
        checkDesired(snapshot, report);
        Fresh fresh = fresh();
        Comparison comparison = new Comparison(this, sight(), fresh);
        if (atRest()) {
            rests++;
            comparison.atRest(report.obstacles()).check("L9");
        } else {
            comparison.besides(report).check("L9");
            if (observed) {
                checkReasons(report, desired(snapshot), fresh);
            }
        }
    }

    /** L8: another agent on the same kernel would do nothing but what this one names as not done. */
    private void checkAnother(Snapshot snapshot, Report report) {
        Set<String> obstacles = subjects(report);
        List<Change> more = planner().plan(snapshot, agent.assigned()).changes().stream()
                .filter(change -> !obstacles.contains(change.subject()))
                .filter(change -> !mayBeLeft(change, report))
                .toList();
        if (!more.isEmpty()) {
            throw new LawBroken("L8: the agent has run, and another one on the same kernel would change this: " + more
                    + "; obstacles " + report.obstacles());
        }
    }

    /**
     * What routes stand on comes with them and goes after them; what is set on a device waits for that to be made; which of two equal
     * next hops a route uses is settled by the observation that is due, and where it leads is compared with the fresh agent.
     */
    private static boolean mayBeLeft(Change change, Report report) {
        boolean foundation = change.kind() == Change.Kind.NEXTHOP
                || change.kind() == Change.Kind.RULESET
                || change instanceof Change.DeleteLink
                || change instanceof Change.ReplaceRoute;
        boolean deletion = change.operation() == Change.Operation.DELETE;
        boolean onDevice = change.subject().matches(".*\\b" + Sight.TUNNEL + "\\b.*");
        return foundation && !(report.converged() && report.nextDueMillis().isEmpty())
                || deletion && report.awaitsConfirmation()
                || onDevice
                        && subjects(report).stream().anyMatch(subject -> subject.startsWith("link " + Sight.TUNNEL));
    }

    /** L7: an obstacle is foreign, failed, depends on a failure, or has to wait in any case. */
    private void checkReasons(Report report, DesiredState desired, Fresh fresh) {
        Set<String> failed = failing.stream().map(Change::subject).collect(Collectors.toSet());
        Set<String> waiting = new HashSet<>();
        waiting.add("brake");
        if (desired.tunnel().isEmpty()) {
            waiting.add("link " + Sight.TUNNEL);
        }
        DesiredRoutes routes = desired.routes();
        for (int row = 0; row < routes.size(); row++) {
            Via via = routes.via(row);
            if (via != null && (desired.unreadyPeers().contains(via.peer()) || needsOneOf(failed, via))) {
                waiting.add("route " + routes.prefix(row));
            }
        }
        for (Obstacle obstacle : report.obstacles()) {
            String subject = obstacle.subject();
            boolean conflict = obstacle.failureClass() == FailureClass.CONFLICT;
            if (!conflict && !failed.contains(subject) && !waiting.contains(subject) && !fresh.names(subject)) {
                throw new LawBroken(
                        "L7: " + obstacle + ", though nothing failed that it needs; what failed is " + failed);
            }
        }
    }

    private static boolean needsOneOf(Set<String> failed, Via via) {
        boolean tunnelled = via.encapsulation() == Encapsulation.IPIP;
        return failed.stream()
                .anyMatch(subject -> subject.startsWith("nexthop via " + via.peer() + " ")
                        || tunnelled && subject.startsWith("link " + Sight.TUNNEL));
    }

    private static Set<String> subjects(Report report) {
        return report.obstacles().stream().map(Obstacle::subject).collect(Collectors.toSet());
    }

    /** L3: our routes are the desired ones, except for those with an obstacle. */
    private void checkDesired(Snapshot snapshot, Report report) {
        Sight sight = sight();
        Set<String> obstacles = subjects(report);
        DesiredRoutes routes = desired(snapshot).routes();
        List<FakeKernel.Route> own = sight.ownRoutes().stream()
                .filter(route -> Sight.isOurs(route.metric()))
                .toList();
        Map<String, FakeKernel.Route> byKey =
                own.stream().collect(Collectors.toMap(route -> key(route.prefix(), route.metric()), route -> route));
        for (int row = 0; row < routes.size(); row++) {
            FakeKernel.Route route = byKey.get(key(routes.prefix(row), metric(routes, row)));
            boolean stands = route != null
                    && route.type() == (routes.via(row) == null ? RouteTable.BLACKHOLE : RouteTable.UNICAST)
                    && route.gateway()
                            .equals(Optional.ofNullable(routes.via(row)).map(via -> via.peer()));
            if (!stands && !obstacles.contains("route " + routes.prefix(row))) {
                throw new LawBroken("L3: the agent rests, and " + routes.prefix(row) + " should go " + routes.via(row)
                        + ", but there is " + route + "; obstacles " + obstacles);
            }
        }
        if (report.converged() && own.size() != routes.size()) {
            throw new LawBroken(
                    "L3: the agent says it has converged with " + own.size() + " routes of " + routes.size());
        }
    }

    private static String key(Prefix prefix, int metric) {
        return prefix + " metric " + metric;
    }

    /** A kernel with the same foreign objects, and an agent that knows nothing but the last snapshot. */
    private Fresh fresh() {
        Sight sight = sight();
        Sight.Foreign foreign = sight.foreign();
        RouteTable.Builder table = new RouteTable.Builder();
        Set<Integer> foreignIds = foreign.nextHops().stream().map(NextHop::id).collect(Collectors.toSet());
        for (FakeKernel.Route route : foreign.routes()) {
            table.add(
                    route.prefix().key(),
                    route.metric(),
                    foreignIds.contains(route.nextHop()) ? route.nextHop() : 0,
                    route.gateway().map(Address::bits).orElse(0),
                    route.device(),
                    route.type(),
                    route.protocol());
        }
        FakeKernel kernel =
                FakeKernel.holding(new LinkState(foreign.links()), new FibState(foreign.nextHops(), table.build()));
        kernel.setSysctl("net/ipv4/ip_forward", 0);
        Reconciler reconciler = newReconciler(kernel, kernel, kernel);
        reconciler.assignTunnelAddress(agent.assigned());
        Snapshot snapshot = java.util.Objects.requireNonNull(agent.snapshot());
        Report report = null;
        long time = 0;
        for (int cycle = 0;
                cycle < 4 && (report == null || report.nextDueMillis().isPresent());
                cycle++) {
            report = reconciler.reconcile(
                    snapshot, cycle == 0 ? Trigger.START : Trigger.RESYNC, Announced.ANYTHING.news(), time);
            time += HANDOVER_HOLD_MILLIS;
        }
        return new Fresh(
                Sight.of(kernel, this::owns),
                kernel.observe(),
                java.util.Objects.requireNonNull(report).obstacles());
    }

    record Fresh(Sight sight, PacketFilter.FilterState filter, List<Obstacle> obstacles) {

        boolean names(String subject) {
            return obstacles.stream().anyMatch(obstacle -> obstacle.subject().equals(subject));
        }
    }

    PacketFilter.FilterState filter() {
        return host.filter().observe();
    }

    private void cleanUp() {
        for (int run = 0; run < 3; run++) {
            try {
                Report report = newReconciler(watched, watched, watched).cleanUp();
                if (report.converged() && report.outcomes().isEmpty() && !watched.meddlingAwaited()) {
                    checkClean();
                    break;
                }
            } catch (io.culvert.reconciler.kernel.KernelException | io.culvert.reconciler.reconcile.FatalException e) {
                faults.heal();
            }
        }
        watched.takeLog();
        agent = newLife();
    }

    private void checkClean() {
        Sight sight = sight();
        if (!sight.ownRoutes().isEmpty()
                || !sight.ownNextHops().isEmpty()
                || sight.tunnel().isPresent()
                || filter().ruleset().isPresent()) {
            throw new LawBroken("L3: the clean-up says all is done, and there is still " + sight.ownRoutes()
                    + sight.ownNextHops() + sight.tunnel() + filter());
        }
    }
}
