package io.culvert.reconciler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.firewall.FakeFirewall;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Change.Backend;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter.Dropped;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.AddressOrigin;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.plan.Plan;
import io.culvert.reconciler.plan.Planner;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A story about node n1 (10.0.1.11/24 on eth0, gateway 10.0.1.1), written as lines and played against the fake kernel. Lines
 * that are not indented are carried out:
 *
 * <pre>
 * pool NAME CIDR MODE [nat] [disabled] [vxlan]     etcd: a pool; "no pool NAME" deletes it
 * node NAME ADDRESS|- [tunnel ADDRESS]             etcd: a node
 * block CIDR OWNER|- [pending]                     etcd: a block and its affinity
 * claim CIDR NODE                                  etcd: a second affinity
 * borrow ADDRESS NODE                              etcd: an address of a block held by another node
 * felix default|node.NAME FIELD=VALUE              etcd: a setting; "no felix NAME" deletes all of them
 * kernel …                                         others change the kernel; {@link #meddle} lists how
 * address detected                                 the node has no --node-address
 * assign ADDRESS                                   IPAM has assigned a tunnel address that our Node does not name yet
 * wait MILLIS                                      time passes
 * restart                                          the agent restarts
 * cycle [resync]                                   the agent runs a cycle, and reads etcd again if the cycle waits for that
 * cycle read-once                                  the agent runs a cycle, and does not
 * read-again                                       etcd has been read again
 * plan                                             what a cycle would do
 * cleanup                                          culvert cleanup
 * </pre>
 *
 * The indented lines after a cycle are what it did: changes (with the errno of those that failed), then obstacles, prefixes
 * without a route, and warnings. Playing a story gives it back with these lines as they really are. After a cycle that converged,
 * a second one must have nothing to do.
 */
final class Scenario {

    private static final int NONE = -1;

    /** Longer than any back-off here, and than the handover hold. */
    private static final long DUE_MILLIS = 10_000;

    private final FakeKernel kernel = new FakeKernel();
    private final FakeFirewall firewall = new FakeFirewall(kernel);
    private final Datastore datastore = new Datastore();
    private final List<String> printed = new ArrayList<>();
    private final Set<Integer> usedProtocols = new HashSet<>();
    private AddressOrigin origin = AddressOrigin.FIXED;
    private Reconciler reconciler = newReconciler();
    private KernelNews news = KernelNews.NONE;
    private Optional<Address> assigned = Optional.empty();
    private long now;
    private final List<Outcome> outcomes = new ArrayList<>();
    private final List<Turn> turns = new ArrayList<>();
    private final int repeated;
    private final int times;
    private final Map<Integer, KernelTable> dumps = new TreeMap<>();

    /**
     * A cycle or clean-up of the story.
     *
     * @param before how many changes came before it
     * @param asked all its changes, in order
     * @param dumps what it observed, by the number as the kernel counts dumps
     * @param outcomes of its changes; empty if it was interrupted
     * @param obstacles those at its end
     * @param after what the kernel held then
     */
    record Turn(
            int before,
            List<Change> asked,
            Map<Integer, KernelTable> dumps,
            List<Outcome> outcomes,
            List<Obstacle> obstacles,
            FakeKernel.Picture after) {}

    Scenario() {
        this(NONE, 0);
    }

    /** A story in which the numbered turn is repeated some times, each time when everything that failed in it is due. */
    Scenario(int repeated, int times) {
        this.repeated = repeated;
        this.times = times;
        int eth0 = kernel.addLink("eth0", "veth", 1500, NodeN1.ADDRESS);
        kernel.setSysctl("net/ipv4/ip_forward", 0);
        kernel.putRoute(new FakeKernel.Route(
                Prefix.parse("0.0.0.0/0"), 0, 0, Optional.of(Address.parse("10.0.1.1")), eth0, RouteTable.UNICAST, 3));
    }

    private NodeSettings settings() {
        return NodeN1.settings(origin, usedProtocols, 3000);
    }

    private Reconciler newReconciler() {
        return new Reconciler(
                kernel, kernel, firewall, kernel, settings(), attempt -> 1000L * attempt, () -> 0, work -> work);
    }

    /** The kernel, to be prepared before the story is played. */
    FakeKernel kernel() {
        return kernel;
    }

    /** The cycles and clean-ups of what was played, the repeated one not counted. */
    List<Turn> turns() {
        return List.copyOf(turns);
    }

    String play(List<String> lines) {
        for (String line : lines) {
            if (line.startsWith("  ")) {
                continue;
            }
            printed.add(line);
            if (!line.isBlank() && !line.startsWith("#")) {
                carryOut(List.of(line.split(" ")));
            }
        }
        return String.join("\n", printed);
    }

    private void carryOut(List<String> words) {
        switch (words.get(0)) {
            case "kernel" -> {
                meddle(words.subList(1, words.size()));
                news = KernelNews.ALL;
            }
            case "assign" -> {
                assigned = Optional.of(Address.parse(words.get(1)));
                reconciler.assignTunnelAddress(assigned);
            }
            case "address" -> {
                origin = AddressOrigin.valueOf(words.get(1).toUpperCase(Locale.ROOT));
                reconciler = newReconciler();
            }
            case "wait" -> now += Long.parseLong(words.get(1));
            case "restart" -> {
                reconciler = newReconciler();
                assigned = Optional.empty();
            }
            case "read-again" -> reconciler.confirm(datastore.snapshot().revision());
            case "cycle" -> {
                Trigger trigger = words.contains("resync") ? Trigger.RESYNC : Trigger.RETRY;
                turn(() -> cycle(trigger, words.contains("read-once")));
            }
            case "plan" -> print(planner().plan(datastore.snapshot(), assigned));
            case "cleanup" -> turn(this::cleanUp);
            default -> {
                if (!datastore.carryOut(words)) {
                    throw new IllegalArgumentException("no such line: " + String.join(" ", words));
                }
            }
        }
    }

    /** One more turn at the end of the story, when everything that failed in it is due. */
    void settle() {
        now += DUE_MILLIS;
        turn(() -> cycle(Trigger.RESYNC, false));
    }

    private void turn(Supplier<Report> act) {
        int before = kernel.asked().size();
        outcomes.clear();
        dumps.clear();
        List<Obstacle> obstacles = obstaclesOf(act);
        List<Change> asked = kernel.asked().subList(before, kernel.asked().size());
        Map<Integer, KernelTable> dumped = Map.copyOf(dumps);
        List<Outcome> ended = List.copyOf(outcomes);
        for (int again = 0; turns.size() == repeated && again < times; again++) {
            now += DUE_MILLIS;
            obstaclesOf(act);
        }
        turns.add(new Turn(before, asked, dumped, ended, obstacles, kernel.picture()));
    }

    /** The obstacles; unknown after an observation that broke off. Then the next cycle observes everything. */
    private List<Obstacle> obstaclesOf(Supplier<Report> act) {
        try {
            return act.get().obstacles();
        } catch (KernelException interrupted) {
            news = KernelNews.ALL;
            return List.of();
        }
    }

    private <T> T counting(Supplier<T> act) {
        int first = kernel.dumps().size();
        T result = act.get();
        List<KernelTable> all = kernel.dumps();
        IntStream.range(first, all.size()).forEach(number -> dumps.put(number, all.get(number)));
        return result;
    }

    /** By a process of its own, as the command is. */
    private Report cleanUp() {
        Reconciler command = newReconciler();
        Report report = counting(command::cleanUp);
        print(report);
        if (report.converged()) {
            assertThat(planner().cleanUpPlan().changes()).isEmpty();
        }
        return report;
    }

    private Report cycle(Trigger trigger, boolean readOnce) {
        int foreignBefore = foreignRoutes().size();
        var snapshot = datastore.snapshot();
        usedProtocols.add(RouteProtocols.inUse(OptionalInt.empty(), snapshot.felixFor(NodeN1.NAME)));
        boolean named = Optional.ofNullable(snapshot.nodes().get(NodeN1.NAME))
                .flatMap(Node::tunnelAddress)
                .isPresent();
        assigned = named ? Optional.empty() : assigned;
        Report report = reconcile(snapshot, trigger);
        news = KernelNews.NONE;
        if (report.awaitsConfirmation() && !readOnce) {
            printOutcomes(report);
            reconciler.confirm(snapshot.revision());
            report = reconcile(snapshot, trigger);
        }
        print(report);
        assertThat(foreignRoutes()).hasSize(foreignBefore);
        if (report.converged()) {
            assertThat(planner().plan(snapshot, assigned).changes()).isEmpty();
        }
        return report;
    }

    private Planner planner() {
        return new Planner(kernel, kernel, firewall, kernel, settings());
    }

    private Report reconcile(Snapshot snapshot, Trigger trigger) {
        return counting(() -> reconciler.reconcile(snapshot, trigger, news, now));
    }

    private List<FakeKernel.Route> foreignRoutes() {
        return kernel.routes().stream()
                .filter(route -> route.protocol() != 90 && !usedProtocols.contains(route.protocol()))
                .toList();
    }

    private void printOutcomes(Report report) {
        outcomes.addAll(report.outcomes());
        for (Outcome outcome : report.outcomes()) {
            printed.add("  " + outcome.change() + (outcome.succeeded() ? "" : " -> " + Errno.name(outcome.errno())));
        }
    }

    private void print(Report report) {
        printOutcomes(report);
        report.obstacles()
                .forEach(obstacle ->
                        printed.add("  " + obstacle.failureClass().name().toLowerCase() + ": " + obstacle));
        report.desired().unrouted().forEach(unrouted -> printed.add("  unrouted: " + unrouted.reason()));
        report.warnings().forEach(warning -> printed.add("  warning: " + warning));
        if (report.drift()) {
            printed.add("  drift");
        }
    }

    private void print(Plan plan) {
        plan.changes().forEach(change -> printed.add("  " + change));
        plan.obstacles().forEach(obstacle -> printed.add("  obstacle: " + obstacle));
    }

    private void meddle(List<String> words) {
        String object = words.get(1);
        switch (words.get(0)) {
            case "del-route" -> kernel.deleteRoute(Prefix.parse(object));
            case "foreign-route" ->
                kernel.putRoute(new FakeKernel.Route(
                        Prefix.parse(object),
                        0,
                        words.size() > 2 ? Integer.decode(words.get(2)) : 0,
                        Optional.empty(),
                        0,
                        RouteTable.BLACKHOLE,
                        17));
            case "old-blackhole" ->
                kernel.putRoute(new FakeKernel.Route(
                        Prefix.parse(object), 0, 0, Optional.empty(), 0, RouteTable.BLACKHOLE, 90));
            case "connected-route" ->
                kernel.putRoute(new FakeKernel.Route(
                        Prefix.parse(object), 0, 0, Optional.empty(), indexOf(words.get(2)), RouteTable.UNICAST, 2));
            case "del-nexthop" -> kernel.deleteNextHop(Integer.decode(object));
            case "foreign-nexthop" ->
                kernel.putNextHop(
                        new NextHop(Integer.decode(object), Optional.of(Address.parse("10.0.1.200")), 1, false, 11));
            case "del-link" -> kernel.deleteLink(object);
            case "add-link" ->
                kernel.addLink(object, words.get(2), words.size() > 3 ? Integer.parseInt(words.get(3)) : 1500);
            case "add-ipip" -> addIpip(object, Address.parse(words.get(2)), Address.parse(words.get(3)));
            case "node-address" -> moveNodeAddress(object);
            case "down" -> change(object, link -> with(link, false, link.mtu(), link.addresses()));
            case "up" -> change(object, link -> with(link, true, link.mtu(), link.addresses()));
            case "mtu" ->
                change(object, link -> with(link, link.up(), Integer.parseInt(words.get(2)), link.addresses()));
            case "addresses" ->
                change(
                        object,
                        link -> with(
                                link,
                                link.up(),
                                link.mtu(),
                                words.stream()
                                        .skip(2)
                                        .map(InterfaceAddress::parse)
                                        .toList()));
            case "master" -> {
                int master =
                        kernel.observeLinks().named(words.get(2)).orElseThrow().index();
                change(object, link -> in(master, link));
            }
            case "sysctl" -> kernel.setSysctl(object, Integer.parseInt(words.get(2)));
            case "forward-policy" ->
                firewall.setPolicy(
                        Backend.valueOf(object.toUpperCase()), words.get(2).equals("drop"));
            case "flush-forward" -> firewall.flush(Backend.valueOf(object.toUpperCase()));
            case "repeat-forward" -> firewall.repeatRules();
            case "flow" ->
                kernel.beginFlow(
                        new FakeKernel.Flow(Address.parse(object), Address.parse(words.get(2)), words.contains("nat")));
            case "flush-table" -> kernel.setFilter(FilterState.ABSENT);
            case "edit-table" ->
                kernel.setFilter(new FilterState(
                        kernel.observe().ruleset(), List.of("chain postrouting lacks its rule"), Dropped.NOTHING));
            case "fail" -> {
                String text = String.join(" ", words.subList(2, words.size()));
                kernel.inject(change -> change.toString().startsWith(text) ? Integer.parseInt(object) : 0);
            }
            case "heal" -> kernel.inject(change -> 0);
            default -> throw new IllegalArgumentException("no such meddling: " + words);
        }
    }

    private void addIpip(String device, Address local, Address remote) {
        kernel.addLink(device, "ipip", 1480);
        Optional<Link.Ipip> parameters = Optional.of(new Link.Ipip(local, remote, true, 0));
        change(
                device,
                link -> new Link(link.index(), device, link.kind(), true, link.mtu(), parameters, link.addresses()));
    }

    /** A bridge if there is no such device. */
    private int indexOf(String device) {
        return kernel.picture().links().stream()
                .filter(link -> link.name().equals(device))
                .findFirst()
                .map(Link::index)
                .orElseGet(() -> kernel.addLink(device, "bridge", 1500));
    }

    /** To another device, with which it keeps a prefix of its own. */
    private void moveNodeAddress(String device) {
        change("eth0", link -> with(link, link.up(), link.mtu(), List.of()));
        change(device, link -> with(link, link.up(), link.mtu(), List.of(InterfaceAddress.parse("10.0.1.11/32"))));
    }

    private void change(String device, java.util.function.UnaryOperator<Link> change) {
        kernel.changeLink(device, change);
    }

    private static Link in(int master, Link link) {
        return new Link(
                link.index(), link.name(), link.kind(), link.up(), link.mtu(), link.ipip(), link.addresses(), master);
    }

    private static Link with(Link link, boolean up, int mtu, List<InterfaceAddress> addresses) {
        return new Link(link.index(), link.name(), link.kind(), up, mtu, link.ipip(), addresses);
    }
}
