package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.SoftAssertions.assertSoftly;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Churn for minutes: at the end every node is as etcd says, and nothing has grown that should not. {@code script/soak MINUTES}
 * makes it longer; {@code -Dculvert.soak.minutes} and {@code -Dculvert.soak.seed} are what it sets.
 */
@InLab
@Order(90)
class SoakTest {

    private static final Duration LENGTH = Duration.ofMinutes(Integer.getInteger("culvert.soak.minutes", 3));
    private static final long SEED = Long.getLong("culvert.soak.seed", 20261128);

    /** In the first quarter everything happens for the first time: classes are loaded, caches filled, connections opened. */
    private static final Duration WARM_UP = LENGTH.dividedBy(4);

    private static final Duration LOOKS = LENGTH.dividedBy(4);

    /** What may be more at the end than after the warm-up, and in a restarted agent than in one that never was. */
    private static final long HEAP_TOLERANCE = 1 << 20;

    /** The JVM's own: compiled code, classes, and a heap that it has grown and does not give back. */
    private static final long RESIDENT_TOLERANCE = 24 << 20;

    private static final int DESCRIPTOR_TOLERANCE = 4;
    private static final int SOCKET_TOLERANCE = 3;
    private static final int THREAD_TOLERANCE = 3;

    /** Of what {@code status} names, all that is not wrong: nodes without a machine, blocks that no route can lead to, the broken document. */
    private static final Set<String> EXPECTED_PROBLEMS = Set.of("down", "unrouted", "rejected");

    private final Lab lab;
    private final List<String> table = new ArrayList<>();
    private long start;

    SoakTest(Lab lab) {
        this.lab = lab;
    }

    @Test
    void convergesAndLeaksNothing() {
        lab.withPool(Pool.ALWAYS);
        String spared = lab.n1.processId();
        Churn churn = new Churn(lab, SEED);
        churn.begin();
        start = System.nanoTime();
        table.add("soak: %d minutes, seed %d".formatted(LENGTH.toMinutes(), SEED));
        table.add("%8s  %-4s %10s %10s %11s %7s %7s %7s %6s"
                .formatted(
                        "after",
                        "node",
                        "heap kB",
                        "RSS kB",
                        "descriptors",
                        "sockets",
                        "threads",
                        "watches",
                        "leases"));
        try {
            churnUntil(WARM_UP, churn);
            settle(churn);
            Vitals early = look().get(lab.n1);
            for (Duration next = WARM_UP.plus(LOOKS); next.compareTo(LENGTH) <= 0; next = next.plus(LOOKS)) {
                churnUntil(next, churn);
                settle(churn);
                look();
            }
            assertThat(lab.n1.processId()).as("the same process").isEqualTo(spared);
            Eventually.passes(() -> assertSoftly(softly -> {
                Vitals late = Vitals.of(lab.n1);
                holdsNoMore(softly, "n1 than after the warm-up", late, early);
                for (LabNode restarted : List.of(lab.n2, lab.n3)) {
                    holdsNoMore(softly, restarted.name + " than n1", Vitals.of(restarted), late);
                }
            }));
            look();
        } finally {
            table.add(churn.toString());
            table.forEach(System.out::println);
            churn.end();
        }
    }

    private void churnUntil(Duration sinceStart, Churn churn) {
        while (System.nanoTime() - start < sinceStart.toNanos()) {
            churn.act();
            // What the lab's one slow CPU can follow.
            LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
        }
    }

    /** All three nodes follow, and hold what etcd says; then the world is as it was at the start. */
    private void settle(Churn churn) {
        lab.converged(lab.etcd.put(Pool.ALWAYS.key(), Pool.ALWAYS.json()));
        Eventually.passes(this::kernelsHoldWhatEtcdSays);
        Eventually.passes(this::statusSaysSo);
        Eventually.passes(this::nothingIsPlanned);

        lab.converged(churn.tidy());
        Eventually.passes(this::kernelsHoldWhatEtcdSays);
        lab.attachWorkloads();
        lab.everyWorkloadReachesEveryOther();
        Eventually.passes(() -> {
            assertThat(lab.etcd.metric("etcd_debugging_mvcc_watcher_total"))
                    .as("watches; etcd's connections:%n%s", lab.etcd.connections())
                    .isEqualTo(lab.nodes.size());
            assertThat(lab.etcd.leases()).as("leases").isEqualTo(lab.nodes.size());
        });
    }

    private void kernelsHoldWhatEtcdSays() {
        Expected expected = Expected.of(lab.etcd);
        for (LabNode node : lab.nodes) {
            assertThat(expected.routes(node)).as(node.name).isNotEmpty();
            assertThat(Expected.inKernel(node)).as(node.name).isEqualTo(expected.routes(node));
        }
    }

    private void statusSaysSo() {
        JsonNode status = Json.parse(lab.culvert("status", "-o", "json").out());
        assertThat(status.path("pools")).isNotEmpty();
        for (JsonNode pool : status.path("pools")) {
            if (!pool.path("mode").asText().equals("invalid")) {
                assertThat(pool.path("nodesLive").asInt()).as(pool.toString()).isEqualTo(lab.nodes.size());
                assertThat(pool.path("nodesConverged").asInt())
                        .as(pool.toString())
                        .isEqualTo(lab.nodes.size());
            }
        }
        assertThat(status.path("problems"))
                .allSatisfy(problem ->
                        assertThat(isExpected(problem)).as(problem.toString()).isTrue());
    }

    /** Of warnings only that a pool with {@code !all()} selects no node. */
    private static boolean isExpected(JsonNode problem) {
        String type = problem.path("type").asText();
        return EXPECTED_PROBLEMS.contains(type)
                || type.equals("warning") && problem.path("text").asText().contains("selects none");
    }

    private void nothingIsPlanned() {
        for (LabNode node : lab.nodes) {
            Command plan = node.culvert("plan");
            assertThat(plan.status()).as(plan.toString()).isZero();
        }
    }

    private Map<LabNode, Vitals> look() {
        Map<LabNode, Vitals> all = new HashMap<>();
        lab.nodes.forEach(node -> all.put(node, look(node)));
        return all;
    }

    private Vitals look(LabNode node) {
        Vitals vitals = Vitals.of(node);
        table.add("%6d s  %-4s %10d %10d %11d %7d %7d %7.0f %6d"
                .formatted(
                        Duration.ofNanos(System.nanoTime() - start).toSeconds(),
                        node.name,
                        vitals.heap() >> 10,
                        vitals.resident() >> 10,
                        vitals.descriptors(),
                        vitals.sockets(),
                        vitals.threads(),
                        lab.etcd.metric("etcd_debugging_mvcc_watcher_total"),
                        lab.etcd.leases()));
        return vitals;
    }

    private static void holdsNoMore(SoftAssertions softly, String what, Vitals vitals, Vitals than) {
        softly.assertThat(vitals.heap())
                .as("%s: bytes of living objects; more of %s", what, vitals.grownSince(than))
                .isLessThanOrEqualTo(than.heap() + HEAP_TOLERANCE);
        softly.assertThat(vitals.resident())
                .as("%s: bytes of memory", what)
                .isLessThanOrEqualTo(than.resident() + RESIDENT_TOLERANCE);
        softly.assertThat(vitals.descriptors())
                .as("%s: file descriptors", what)
                .isLessThanOrEqualTo(than.descriptors() + DESCRIPTOR_TOLERANCE);
        softly.assertThat(vitals.sockets())
                .as("%s: sockets", what)
                .isLessThanOrEqualTo(than.sockets() + SOCKET_TOLERANCE);
        softly.assertThat(vitals.threads())
                .as("%s: threads", what)
                .isLessThanOrEqualTo(than.threads() + THREAD_TOLERANCE);
    }
}
