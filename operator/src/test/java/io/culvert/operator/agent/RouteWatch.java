package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.netlink.KernelMonitor;
import io.culvert.netlink.NetlinkKernel;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Prefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.LockSupport;

/**
 * An eye on a namespace's routes: hears of every own route that is deleted, and looks again and again for those that go without a
 * word, as with a next hop or a device. For one thread.
 */
final class RouteWatch implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

    /** As many deletions as one piece of news can name: of more, some may not have been named. */
    private static final int MOST_NAMED = 256;

    /** How often it is looked for an announcement before it is asked for anew. */
    private static final int ROUNDS = 50;

    private static final Prefix SENTINEL = Prefix.parse("198.18.0.0/24");

    private final int protocol;
    private final NetlinkKernel kernel;
    private final NetlinkKernel looking;
    private final KernelMonitor monitor;
    private final Set<Prefix> deleted = new ConcurrentSkipListSet<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final Thread looker = new Thread(this::lookAgainAndAgain, "route-watch");
    private volatile Set<Prefix> wanted = Set.of();
    private Set<Prefix> exchanged = Set.of();
    private volatile boolean tooMany;
    private volatile long looks;
    private long overrunsBefore;
    private int unheard;
    private int periods;
    private volatile boolean closed;

    RouteWatch(Path namespace, int protocol) {
        this.protocol = protocol;
        kernel = NetlinkKernel.open(namespace);
        looking = NetlinkKernel.open(namespace);
        monitor = KernelMonitor.start(namespace, new KernelMonitor.Interest(0, protocol, "culvert"), new Listener());
        looker.setDaemon(true);
        looker.start();
    }

    private final class Listener implements KernelMonitor.Listener {

        @Override
        public void changed(KernelNews news) {
            deleted.addAll(news.lostRoutes());
            if (news.lostRoutes().size() >= MOST_NAMED) {
                tooMany = true;
            }
        }

        @Override
        public void failed(KernelException failure) {
            faults.add(failure.toString());
        }
    }

    /**
     * From now on these are never to be absent. They are there.
     *
     * @param exchanged those whose route may be deleted once there is another one
     */
    void want(Set<Prefix> prefixes, Set<Prefix> exchanged) {
        settle();
        deleted.clear();
        unheard += isDeaf() ? 1 : 0;
        periods++;
        overrunsBefore = monitor.overruns();
        tooMany = false;
        this.exchanged = new TreeSet<>(exchanged);
        wanted = new TreeSet<>(prefixes);
    }

    /** Whether announcements were lost since the wish was told, as on a machine that is busy; looks go on. */
    private boolean isDeaf() {
        return tooMany || monitor.overruns() > overrunsBefore;
    }

    /** The share of wishes during which every announcement was heard. */
    double heard() {
        return 1 - (double) unheard / periods;
    }

    /** Requires that none of them was absent since. While nobody else writes to the kernel. */
    void verify(String story) {
        settle();
        Set<Prefix> absent = new TreeSet<>(deleted);
        absent.retainAll(wanted);
        absent.removeAll(exchanged);
        assertThat(absent).as("%s: wanted routes that were deleted", story).isEmpty();
        assertThat(faults).as(story).isEmpty();
    }

    /** How often all routes were looked at. */
    long looks() {
        return looks;
    }

    /** Waits until everything that was announced so far is heard. */
    private void settle() {
        List<Change> passing = List.of(
                new Change.AddRoute(SENTINEL, 0, protocol),
                new Change.DeleteRoute(SENTINEL, RouteTable.LAST_METRIC, RouteTable.BLACKHOLE, protocol));
        deleted.remove(SENTINEL);
        long deadline = System.nanoTime() + LIMIT.toNanos();
        for (int round = 0; !deleted.contains(SENTINEL); round++) {
            if (round % ROUNDS == 0) {
                // What is announced while the kernel finds no room for it is not heard, so this too is said again.
                assertThat(kernel.apply(passing)).allMatch(outcome -> outcome.succeeded());
            }
            assertThat(System.nanoTime()).as("the kernel announces nothing").isLessThan(deadline);
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
    }

    private void lookAgainAndAgain() {
        while (!closed) {
            Set<Prefix> expected = wanted;
            try {
                look(expected);
            } catch (KernelException e) {
                faults.add(e.toString());
            }
            looks++;
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
    }

    private void look(Set<Prefix> expected) {
        RouteTable routes = looking.observeFib().routes();
        for (Prefix prefix : expected) {
            if (!owns(routes, prefix)) {
                faults.add("no route to " + prefix + " for a while");
            }
        }
    }

    private boolean owns(RouteTable routes, Prefix prefix) {
        for (int row = routes.firstAtOrAfter(prefix.key());
                row < routes.size() && routes.key(row) == prefix.key();
                row++) {
            if (routes.protocol(row) == protocol) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        closed = true;
        while (looker.isAlive()) {
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
        monitor.close();
        looking.close();
        kernel.close();
    }
}
