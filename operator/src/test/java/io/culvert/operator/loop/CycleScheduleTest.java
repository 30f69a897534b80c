package io.culvert.operator.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.reconcile.FatalException;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.NodeSelector;
import io.culvert.reconciler.resource.Snapshot;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CycleScheduleTest {

    private static final Prefix BLOCK = Prefix.parse("192.168.0.64/26");
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final long OBSERVE_MILLIS = 20;

    private final FakeKernel kernel = new FakeKernel();
    private final AtomicInteger wakes = new AtomicInteger();
    private final KernelInbox inbox = new KernelInbox(wakes::incrementAndGet);
    private final Queue<Object> ends = new ArrayDeque<>();

    @SuppressWarnings("NullAway.Init")
    private CycleSchedule schedule;

    @BeforeEach
    void makeUnderlay() {
        kernel.addLink("eth0", "veth", 1500, InterfaceAddress.parse("10.0.1.11/24"));
        kernel.setSysctl("net/ipv4/ip_forward", 1);
    }

    private void start(Duration resync) {
        start(any -> resync);
    }

    private void start(Function<Snapshot, Duration> resync) {
        NodeSettings settings = new NodeSettings(
                "n1",
                InterfaceAddress.parse("10.0.1.11/24"),
                "culvert0",
                Set.of(),
                OptionalInt.empty(),
                OptionalInt.of(90),
                Set.of(),
                3000,
                Set.of(),
                true);
        Reconciler reconciler = new Reconciler(kernel, kernel, kernel, settings, attempt -> 1, System::nanoTime);
        schedule = new CycleSchedule(reconciler, resync, new CycleListener() {
            @Override
            public void ended(Snapshot snapshot, Report report, Optional<Duration> sinceEvent) {
                ends.add(report);
            }

            @Override
            public void failed(Trigger trigger, KernelException failure) {
                ends.add(trigger);
                ends.add(failure);
            }
        });
    }

    /** Turns until a cycle ends, each when the one before said that it is due. */
    private <T> T next(Class<T> type) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (ends.isEmpty()) {
            OptionalLong dueMillis = schedule.attend(inbox.take());
            if (ends.isEmpty()) {
                assertThat(dueMillis).as("the next turn").isPresent();
                assertThat(System.nanoTime()).as("a cycle within the limit").isLessThan(deadline);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(dueMillis.getAsLong()));
            }
        }
        Object next = ends.remove();
        assertThat(next).isInstanceOf(type);
        return type.cast(next);
    }

    private static Snapshot snapshot(long revision) {
        TreeMap<String, IpPool> pools = new TreeMap<>();
        pools.put(
                "web",
                new IpPool(
                        "web",
                        Prefix.parse("192.168.0.0/16"),
                        EncapsulationMode.CROSS_SUBNET,
                        EncapsulationMode.NEVER,
                        false,
                        false,
                        26,
                        NodeSelector.ALL,
                        Set.of(),
                        true));
        Node peer = new Node("n2", Optional.of(InterfaceAddress.parse("10.0.1.12/24")), Optional.empty(), Map.of());
        return new Snapshot(
                revision,
                pools,
                Map.of("n2", peer),
                Map.of(BLOCK, new Block(BLOCK, Optional.of("n2"), Map.of())),
                List.of(new Affinity("n2", BLOCK, Affinity.State.CONFIRMED)),
                Map.of(),
                false,
                Map.of(),
                List.of());
    }

    @Test
    void doesNothingBeforeTheFirstSnapshot() {
        start(Duration.ofMillis(1));
        inbox.put(KernelNews.of(Set.of(KernelTable.ROUTE)));
        assertThat(schedule.attend(inbox.take())).isEmpty();
        assertThat(ends).isEmpty();
        inbox.put(snapshot(5));

        Report report = next(Report.class);
        assertThat(report.trigger()).isEqualTo(Trigger.START);
        assertThat(report.revision()).isEqualTo(5);
        assertThat(report.converged()).isTrue();
        assertThat(kernel.asked()).hasSameSizeAs(report.outcomes());
    }

    @Test
    void runsACycleWhenTheKernelAnnouncesSomething() {
        start(Duration.ofHours(1));
        inbox.put(snapshot(5));
        next(Report.class);
        kernel.deleteRoute(BLOCK);
        inbox.put(KernelNews.of(Set.of(KernelTable.ROUTE)));

        Report repair = next(Report.class);
        assertThat(repair.trigger()).isEqualTo(Trigger.KERNEL);
        assertThat(repair.drift()).isTrue();
        assertThat(repair.outcomes()).hasSize(1);
    }

    /** Announcements come far faster than the kernel answers; two thirds of the time at least are left for other things. */
    @Test
    void aFloodOfAnnouncementsLeavesTimeBetweenCycles() {
        start(Duration.ofHours(1));
        inbox.put(snapshot(5));
        next(Report.class);
        kernel.beforeEachDump(CycleScheduleTest::takeTime);
        int before = kernel.routeDumps();
        long start = System.nanoTime();
        long last = start;
        while (kernel.routeDumps() - before < 6) {
            inbox.put(KernelNews.of(Set.of(KernelTable.ROUTE)));
            last = System.nanoTime();
            schedule.attend(inbox.take());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        assertThat(last - start)
                .as("five observations and five rests before the sixth")
                .isGreaterThan(TimeUnit.MILLISECONDS.toNanos((5 + 2 * 5 - 2) * OBSERVE_MILLIS));

        ends.clear();
        inbox.put(snapshot(6));
        Report report = next(Report.class);
        assertThat(report.revision()).isEqualTo(6);
        assertThat(report.trigger()).isEqualTo(Trigger.DATASTORE);
    }

    private static void takeTime() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(OBSERVE_MILLIS);
        while (end - System.nanoTime() > 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    @Test
    void runsACycleWhenThePeriodIsOver() {
        start(Duration.ofMillis(20));
        inbox.put(snapshot(5));
        next(Report.class);

        assertThat(next(Report.class).trigger()).isEqualTo(Trigger.RESYNC);
    }

    @Test
    void theSnapshotSaysHowLongThePeriodIs() {
        start(snapshot -> snapshot.revision() == 5 ? Duration.ZERO : Duration.ofMillis(20));
        inbox.put(snapshot(5));
        next(Report.class);
        inbox.put(snapshot(6));

        assertThat(next(Report.class).trigger()).isEqualTo(Trigger.DATASTORE);
        assertThat(next(Report.class).trigger()).isEqualTo(Trigger.RESYNC);
    }

    @Test
    void triesAgainWhatFailed() {
        kernel.inject(change -> change.toString().startsWith("ip route add") ? Errno.EBUSY : 0);
        start(Duration.ofHours(1));
        inbox.put(snapshot(5));
        assertThat(next(Report.class).converged()).isFalse();
        kernel.inject(change -> 0);

        Report report = next(Report.class);
        while (!report.converged()) {
            assertThat(report.trigger()).isEqualTo(Trigger.RETRY);
            report = next(Report.class);
        }
        assertThat(kernel.routes()).anyMatch(route -> route.prefix().equals(BLOCK));
    }

    @Test
    void reportsACycleThatFailedAndRepeatsIt() {
        kernel.beforeEachDump(() -> {
            throw new KernelException("cannot read the routes", Errno.EIO);
        });
        start(Duration.ofHours(1));
        inbox.put(snapshot(5));
        assertThat(next(Trigger.class)).isEqualTo(Trigger.START);
        assertThat(next(KernelException.class)).hasMessageContaining("cannot read the routes");
        kernel.beforeEachDump(() -> {});

        assertThat(next(Report.class).converged()).isTrue();
    }

    @Test
    void endsWhenTheKernelRefusesForGood() {
        kernel.inject(change -> Errno.EPERM);
        start(Duration.ofHours(1));
        inbox.put(snapshot(5));

        assertThatThrownBy(() -> schedule.attend(inbox.take()))
                .isInstanceOf(FatalException.class)
                .hasMessageContaining("CAP_NET_ADMIN");
    }

    @Test
    void theNewestSnapshotWins() {
        for (int revision = 1; revision <= 1000; revision++) {
            inbox.put(snapshot(revision));
        }
        start(Duration.ofHours(1));

        assertThat(wakes).hasValue(1000);
        assertThat(next(Report.class).revision()).isEqualTo(1000);
        schedule.attend(inbox.take());
        assertThat(ends).isEmpty();
    }
}
