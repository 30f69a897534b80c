package io.culvert.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KernelMonitorTest {

    private static final int OURS = 90;
    private static final Prefix BLOCK = Prefix.parse("192.168.0.64/26");

    private final TestNamespace namespace = new TestNamespace();
    private final NetlinkKernel kernel = NetlinkKernel.open(namespace.path());
    private final Reports reports = new Reports();

    @AfterEach
    void close() {
        kernel.close();
        namespace.close();
    }

    /** Keeps what the monitor reports. */
    private static final class Reports implements KernelMonitor.Listener {

        private final BlockingQueue<KernelNews> news = new LinkedBlockingQueue<>();
        private final BlockingQueue<KernelException> failures = new LinkedBlockingQueue<>();

        @Override
        public void changed(KernelNews report) {
            news.add(report);
        }

        @Override
        public void failed(KernelException failure) {
            failures.add(failure);
        }

        /** The union of all reports up to the first that contains the table. */
        Set<KernelTable> until(KernelTable table) throws InterruptedException {
            KernelNews union = KernelNews.NONE;
            while (!union.tables().contains(table)) {
                KernelNews next = news.poll(20, TimeUnit.SECONDS);
                assertThat(next).as("news of " + table + " after " + union).isNotNull();
                union = union.and(next);
            }
            return union.tables();
        }
    }

    private KernelMonitor monitor(int ignoredPort) {
        return KernelMonitor.start(namespace.path(), new KernelMonitor.Interest(ignoredPort, OURS, "culvert"), reports);
    }

    @Test
    void reportsADeletedRoute() throws InterruptedException {
        kernel.apply(List.of(new Change.AddRoute(BLOCK, 0, OURS)));
        try (KernelMonitor monitor = monitor(kernel.port())) {
            namespace.run("ip route del blackhole " + BLOCK);

            assertThat(reports.news.poll(20, TimeUnit.SECONDS)).isEqualTo(new KernelNews(Set.of(), Set.of(BLOCK)));
            assertThat(monitor.overruns()).isZero();
        }
    }

    @Test
    void reportsEveryTable() throws InterruptedException {
        try (KernelMonitor monitor = monitor(0)) {
            namespace.run("ip addr add 10.9.0.1/32 dev eth0");
            reports.until(KernelTable.ADDRESS);
            namespace.run("ip nexthop add id 5 via 10.0.1.12 dev eth0");
            reports.until(KernelTable.NEXTHOP);
            namespace.run("nft add table ip culvert");
            reports.until(KernelTable.RULESET);
            namespace.run("cd /proc/sys/net/ipv4/conf/eth0; echo 0 >forwarding; echo 1 >forwarding");
            reports.until(KernelTable.LINK);
            namespace.run("ip link set eth0 down");
            reports.until(KernelTable.LINK);
            assertThat(monitor.overruns()).isZero();
        }
    }

    /** The first report is the foreign change that follows our own ones. */
    @Test
    void ignoresOurOwnChanges() throws InterruptedException {
        int eth0 = kernel.observeLinks().named("eth0").orElseThrow().index();
        try (KernelMonitor monitor = monitor(kernel.port())) {
            kernel.apply(List.of(
                    new Change.AddNextHop(0x43000000, Address.parse("10.0.1.12"), eth0, "eth0", OURS),
                    new Change.AddRoute(BLOCK, 0x43000000, OURS),
                    new Change.ReplaceRoute(BLOCK, 0, OURS)));
            namespace.run("ip addr add 10.9.0.1/32 dev eth0");

            assertThat(reports.until(KernelTable.ADDRESS)).containsExactly(KernelTable.ADDRESS);
            assertThat(monitor.overruns()).isZero();
        }
    }

    @Test
    void reportsOurChangesUnlessIgnored() throws InterruptedException {
        try (KernelMonitor monitor = monitor(0)) {
            kernel.apply(List.of(new Change.AddRoute(BLOCK, 0, OURS)));

            reports.until(KernelTable.ROUTE);
            assertThat(monitor.overruns()).isZero();
        }
    }

    /** 40,000 routes while the listener is busy: the buffer cannot hold them, so every table may have changed. */
    @Test
    void reportsEveryTableWhenMessagesAreLost() throws InterruptedException {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch flooded = new CountDownLatch(1);
        KernelMonitor.Listener slow = new KernelMonitor.Listener() {
            @Override
            public void changed(KernelNews news) {
                busy.countDown();
                try {
                    flooded.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                reports.changed(news);
            }

            @Override
            public void failed(KernelException failure) {
                reports.failed(failure);
            }
        };
        try (KernelMonitor monitor =
                KernelMonitor.start(namespace.path(), new KernelMonitor.Interest(0, OURS, "culvert"), slow)) {
            namespace.run("ip addr add 10.9.0.1/32 dev eth0");
            busy.await();
            kernel.apply(flood());
            flooded.countDown();

            Set<KernelTable> all = EnumSet.allOf(KernelTable.class);
            assertThat(reports.until(KernelTable.RULESET)).isEqualTo(all);
            assertThat(monitor.overruns()).isPositive();
        }
    }

    private static List<Change> flood() {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < 40_000; i++) {
            changes.add(new Change.AddRoute(new Prefix((172 << 24) + (i << 8), 24), 0, OURS));
        }
        return changes;
    }

    @Test
    void reportsNothingAfterClose() {
        KernelMonitor monitor = monitor(0);
        monitor.close();
        monitor.close();
        namespace.run("ip addr add 10.9.0.1/32 dev eth0");

        assertThat(reports.news).isEmpty();
        assertThat(reports.failures).isEmpty();
    }

    @Test
    void reportsTheFailureOfAListener() throws InterruptedException {
        KernelMonitor.Listener broken = new KernelMonitor.Listener() {
            @Override
            public void changed(KernelNews news) {
                throw new IllegalStateException("broken");
            }

            @Override
            public void failed(KernelException failure) {
                reports.failed(failure);
            }
        };
        try (KernelMonitor monitor =
                KernelMonitor.start(namespace.path(), new KernelMonitor.Interest(0, OURS, "culvert"), broken)) {
            namespace.run("ip addr add 10.9.0.1/32 dev eth0");

            assertThat(reports.failures.poll(20, TimeUnit.SECONDS)).hasRootCauseMessage("broken");
            assertThat(monitor.overruns()).isZero();
        }
    }

    @Test
    void namesAFileThatIsNoNamespace() {
        assertThatExceptionOfType(KernelException.class)
                .isThrownBy(() -> KernelMonitor.start(
                        Path.of("/dev/null"), new KernelMonitor.Interest(0, OURS, "culvert"), reports))
                .withMessageContaining("/dev/null")
                .withMessageContaining("not a network namespace");
    }
}
