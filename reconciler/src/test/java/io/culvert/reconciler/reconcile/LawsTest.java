package io.culvert.reconciler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.plan.Planner;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random lives of a node: pools, nodes and blocks come and go, somebody meddles with the kernel, changes fail, the agent
 * restarts. After every step the laws hold; the seed is in the test's name.
 */
class LawsTest {

    private static final int STEPS = 500;
    private static final List<String> MODES = List.of("Always", "CrossSubnet", "Never");
    private static final Prefix FOREIGN = Prefix.parse("172.31.0.0/16");

    private final FakeKernel kernel = newKernel();
    private final Datastore datastore = new Datastore();
    private Reconciler reconciler = newReconciler(kernel);
    private long now;

    private static final NodeSettings SETTINGS = NodeN1.settings();

    private static FakeKernel newKernel() {
        FakeKernel kernel = new FakeKernel();
        kernel.addLink("eth0", "veth", 1500, NodeN1.ADDRESS);
        kernel.setSysctl("net/ipv4/ip_forward", 0);
        kernel.putRoute(new FakeKernel.Route(FOREIGN, 0, 0, Optional.empty(), 0, RouteTable.BLACKHOLE, 17));
        return kernel;
    }

    private static Reconciler newReconciler(FakeKernel kernel) {
        return new Reconciler(kernel, kernel, kernel, SETTINGS, attempt -> 1, () -> 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void holdAfterEveryStep(long seed) {
        Random random = new Random(seed);
        datastore.carryOut(List.of("node", "n1", "10.0.1.11/24", "tunnel", "192.168.0.0"));
        for (int step = 0; step < STEPS; step++) {
            live(random);
            cycleUntilConverged("seed " + seed + ", step " + step);
        }
    }

    private void live(Random random) {
        int node = 1 + random.nextInt(6);
        String block = "192.168." + random.nextInt(2) + "." + 64 * random.nextInt(4) + "/26";
        switch (random.nextInt(10)) {
            case 0, 1 -> pool(random, random.nextInt(2));
            case 2 -> datastore.carryOut(List.of("no", "pool", "p" + random.nextInt(2)));
            case 3 -> node(random, 1 + node);
            case 4 -> datastore.carryOut(List.of("no", "node", "n" + (1 + node)));
            case 5, 6 -> datastore.carryOut(List.of("block", block, "n" + node));
            case 7 -> datastore.carryOut(List.of("no", "block", block));
            case 8 -> meddle(random);
            default -> reconciler = newReconciler(kernel);
        }
    }

    private void pool(Random random, int number) {
        datastore.carryOut(List.of(
                "pool",
                "p" + number,
                "192.168." + number + ".0/24",
                MODES.get(random.nextInt(3)),
                random.nextBoolean() ? "nat" : "plain"));
    }

    private void node(Random random, int number) {
        String subnet = random.nextBoolean() ? "10.0.1." : "10.0.2.";
        datastore.carryOut(List.of("node", "n" + number, subnet + (20 + number) + "/24"));
    }

    private void meddle(Random random) {
        List<FakeKernel.Route> own = ownRoutes(kernel);
        switch (random.nextInt(4)) {
            case 0 -> own.stream().findFirst().ifPresent(route -> kernel.deleteRoute(route.prefix()));
            case 1 ->
                own.stream()
                        .filter(route -> route.nextHop() != 0)
                        .findFirst()
                        .ifPresent(route -> kernel.deleteNextHop(route.nextHop()));
            case 2 ->
                kernel.observeLinks()
                        .named("culvert0")
                        .ifPresent(link -> kernel.changeLink(
                                "culvert0",
                                tunnel -> new Link(
                                        tunnel.index(),
                                        tunnel.name(),
                                        tunnel.kind(),
                                        false,
                                        1300,
                                        tunnel.ipip(),
                                        List.of())));
            default -> {
                int unlucky = 1 + random.nextInt(3);
                int[] asked = {0};
                kernel.inject(change -> ++asked[0] % unlucky == 0 && asked[0] < 20 ? Errno.EBUSY : 0);
            }
        }
    }

    private void cycleUntilConverged(String when) {
        Snapshot snapshot = datastore.snapshot();
        Map<Prefix, String> before = destinations(kernel);
        Map<Prefix, String> wanted = destinations(freshlyConverged(snapshot));
        List<Prefix> kept = before.entrySet().stream()
                .filter(route -> route.getValue().equals(wanted.get(route.getKey())))
                .map(Map.Entry::getKey)
                .toList();
        watchThatNoneIsAbsent(kept, when);
        Report report = cycle(snapshot);
        for (int retries = 0; !report.converged() && retries < 40; retries++) {
            now += 10;
            if (report.awaitsConfirmation()) {
                reconciler.confirm(snapshot.revision());
            }
            report = cycle(snapshot);
        }
        kernel.inject(change -> 0);
        assertThat(report.obstacles()).as(when).isEmpty();
        assertThat(new Planner(kernel, kernel, kernel, SETTINGS)
                        .plan(snapshot, Optional.empty())
                        .changes())
                .as("L3: %s", when)
                .isEmpty();
        assertThat(destinations(kernel)).as("L9: %s", when).isEqualTo(wanted);
        assertThat(kernel.routes())
                .as("L1: %s", when)
                .anyMatch(route -> route.prefix().equals(FOREIGN));
    }

    /** L5: checked before every change, besides any injected error. */
    private void watchThatNoneIsAbsent(List<Prefix> kept, String when) {
        kernel.beforeEachChange(() ->
                assertThat(destinations(kernel).keySet()).as("L5: %s", when).containsAll(kept));
    }

    private Report cycle(Snapshot snapshot) {
        return reconciler.reconcile(snapshot, Trigger.RESYNC, KernelNews.ALL, now);
    }

    private static FakeKernel freshlyConverged(Snapshot snapshot) {
        FakeKernel fresh = newKernel();
        newReconciler(fresh).reconcile(snapshot, Trigger.START, KernelNews.NONE, 0);
        return fresh;
    }

    private static List<FakeKernel.Route> ownRoutes(FakeKernel kernel) {
        return kernel.routes().stream().filter(route -> route.protocol() == 90).toList();
    }

    /** Where each own route leads, without the ids, which depend on the path. */
    private static Map<Prefix, String> destinations(FakeKernel kernel) {
        Map<Prefix, String> destinations = new TreeMap<>();
        for (FakeKernel.Route route : new ArrayList<>(ownRoutes(kernel))) {
            String device = kernel.observeLinks()
                    .indexed(route.device())
                    .map(Link::name)
                    .orElse("nowhere");
            destinations.put(
                    route.prefix(), route.gateway().map(Address::toString).orElse("blackhole") + " " + device);
        }
        return destinations;
    }
}
