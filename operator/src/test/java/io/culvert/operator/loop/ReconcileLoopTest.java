package io.culvert.operator.loop;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReconcileLoopTest {

    private static final Prefix BLOCK = Prefix.parse("192.168.0.64/26");
    private static final long LIMIT_SECONDS = 10;
    private static final long LOOK_MILLIS = 20;

    private final FakeKernel kernel = new FakeKernel();
    private final Mailbox mailbox = new Mailbox();
    private final BlockingQueue<Object> told = new LinkedBlockingQueue<>();
    private Thread thread;
    private ReconcileLoop loop;

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
                OptionalInt.empty(),
                OptionalInt.of(90),
                Set.of(),
                3000,
                Set.of());
        Reconciler reconciler = new Reconciler(kernel, kernel, kernel, settings, attempt -> 1, System::nanoTime);
        loop = new ReconcileLoop(reconciler, mailbox, resync, new CycleListener() {
            @Override
            public void ended(Snapshot snapshot, Report report, Optional<Duration> sinceEvent) {
                told.add(report);
            }

            @Override
            public void failed(Trigger trigger, KernelException failure) {
                told.add(trigger);
                told.add(failure);
            }

            @Override
            public void fatal(FatalException failure) {
                told.add(failure);
            }
        });
        thread = new Thread(loop);
        thread.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        mailbox.close();
        thread.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
        assertThat(thread.isAlive()).isFalse();
    }

    private <T> T next(Class<T> type) throws InterruptedException {
        Object next = told.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
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
    void doesNothingBeforeTheFirstSnapshot() throws InterruptedException {
        start(Duration.ofMillis(1));
        mailbox.put(KernelNews.of(Set.of(KernelTable.ROUTE)));
        mailbox.putResync();
        mailbox.put(snapshot(5));

        Report report = next(Report.class);
        assertThat(report.trigger()).isEqualTo(Trigger.START);
        assertThat(report.revision()).isEqualTo(5);
        assertThat(report.converged()).isTrue();
        assertThat(kernel.asked()).hasSameSizeAs(report.outcomes());
    }

    @Test
    void looksAgainWhenTheKernelAnnouncesSomething() throws InterruptedException {
        start(Duration.ofHours(1));
        mailbox.put(snapshot(5));
        next(Report.class);
        kernel.deleteRoute(BLOCK);
        mailbox.put(KernelNews.of(Set.of(KernelTable.ROUTE)));

        Report repair = next(Report.class);
        assertThat(repair.trigger()).isEqualTo(Trigger.KERNEL);
        assertThat(repair.drift()).isTrue();
        assertThat(repair.outcomes()).hasSize(1);
    }

    /** Announcements come far faster than looks at a kernel that takes its time; every second look is left out at least. */
    @Test
    void aFloodOfAnnouncementsLeavesTimeBetweenLooks() throws InterruptedException {
        start(Duration.ofHours(1));
        mailbox.put(snapshot(5));
        next(Report.class);
        kernel.beforeEachDump(ReconcileLoopTest::takeTime);
        int before = kernel.routeDumps();
        long start = System.nanoTime();
        long looked = 0;
        while (kernel.routeDumps() - before < 6) {
            mailbox.put(KernelNews.of(Set.of(KernelTable.ROUTE)));
            looked = System.nanoTime() - start;
            Thread.onSpinWait();
        }
        assertThat(looked)
                .as("six looks and five rests")
                .isGreaterThan(TimeUnit.MILLISECONDS.toNanos((6 + 2 * 5 - 2) * LOOK_MILLIS));

        mailbox.put(snapshot(6));
        Report last = next(Report.class);
        while (last.revision() < 6) {
            last = next(Report.class);
        }
        assertThat(last.trigger()).isEqualTo(Trigger.DATASTORE);
    }

    private static void takeTime() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @Test
    void looksAgainWhenThePeriodIsOver() throws InterruptedException {
        start(Duration.ofMillis(20));
        mailbox.put(snapshot(5));
        next(Report.class);

        assertThat(next(Report.class).trigger()).isEqualTo(Trigger.RESYNC);
        assertThat(loop.turning()).isTrue();
    }

    @Test
    void theSnapshotSaysHowLongThePeriodIs() throws InterruptedException {
        start(snapshot -> snapshot.revision() == 5 ? Duration.ZERO : Duration.ofMillis(20));
        mailbox.put(snapshot(5));
        next(Report.class);
        mailbox.put(snapshot(6));

        assertThat(next(Report.class).trigger()).isEqualTo(Trigger.DATASTORE);
        assertThat(next(Report.class).trigger()).isEqualTo(Trigger.RESYNC);
    }

    @Test
    void triesAgainWhatFailed() throws InterruptedException {
        kernel.inject(change -> change.toString().startsWith("ip route add") ? Errno.EBUSY : 0);
        start(Duration.ofHours(1));
        mailbox.put(snapshot(5));
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
    void tellsOfACycleThatCameToNoEndAndRepeatsIt() throws InterruptedException {
        kernel.beforeEachDump(() -> {
            throw new KernelException("cannot read the routes", Errno.EIO);
        });
        start(Duration.ofHours(1));
        mailbox.put(snapshot(5));
        assertThat(next(Trigger.class)).isEqualTo(Trigger.START);
        assertThat(next(KernelException.class)).hasMessageContaining("cannot read the routes");
        kernel.beforeEachDump(() -> {});

        Object next = told.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        while (!(next instanceof Report)) {
            next = told.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
            assertThat(next).isNotNull();
        }
        assertThat(((Report) next).converged()).isTrue();
    }

    @Test
    void endsWhenTheKernelRefusesForGood() throws InterruptedException {
        kernel.inject(change -> Errno.EPERM);
        start(Duration.ofHours(1));
        mailbox.put(snapshot(5));

        assertThat(next(FatalException.class)).hasMessageContaining("CAP_NET_ADMIN");
    }

    @Test
    void theNewestSnapshotWins() throws InterruptedException {
        for (int revision = 1; revision <= 1000; revision++) {
            mailbox.put(snapshot(revision));
        }
        start(Duration.ofHours(1));

        assertThat(next(Report.class).revision()).isEqualTo(1000);
        assertThat(told).isEmpty();
    }
}
