package io.culvert.netlink;

import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.KernelTable;
import io.culvert.reconciler.net.Prefix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reports which tables of the kernel others may have changed, and which of our routes they deleted. Reports are hints: the
 * kernel does not announce the routes that disappear with a device or a next hop. When it drops messages, every table may
 * have changed.
 *
 * <p>It waits on a daemon thread of its own from {@link #start} to {@link #close}.
 */
public final class KernelMonitor implements AutoCloseable {

    private static final int LINK = 1;
    private static final int ADDRESS = 2;
    private static final int NEXTHOP = 4;
    private static final int ROUTE = 8;
    private static final int NFT = 16;
    private static final int OVERRUN = 32;
    private static final int ROUTES_LOST = 64;
    private static final int WOKEN = 128;
    private static final int FIREWALL = 256;
    private static final int FOREIGN_RULE = 512;
    private static final int LOST_MAX = 256;

    static final Map<String, Integer> CONSTANTS = Map.ofEntries(
            Map.entry("DIRTY_LINK", LINK),
            Map.entry("DIRTY_ADDRESS", ADDRESS),
            Map.entry("DIRTY_NEXTHOP", NEXTHOP),
            Map.entry("DIRTY_ROUTE", ROUTE),
            Map.entry("DIRTY_NFT", NFT),
            Map.entry("DIRTY_OVERRUN", OVERRUN),
            Map.entry("ROUTES_LOST", ROUTES_LOST),
            Map.entry("WOKEN", WOKEN),
            Map.entry("DIRTY_FIREWALL", FIREWALL),
            Map.entry("DIRTY_FOREIGN_RULE", FOREIGN_RULE),
            Map.entry("LOST_MAX", LOST_MAX));

    private static final int NO_TIMEOUT = -1;

    private final Listener listener;
    private final Thread thread;
    private final ByteBuffer lost =
            ByteBuffer.allocateDirect(LOST_MAX * RouteRecord.SIZE).order(ByteOrder.nativeOrder());
    private final RouteRecord route = new RouteRecord(lost);
    private final AtomicLong overruns = new AtomicLong();
    private long handle;
    private boolean closing;

    /** Called on the monitor's thread, which receives nothing meanwhile: hand over and return. */
    public interface Listener {

        /** @param news never {@link KernelNews#NONE} */
        void changed(KernelNews news);

        /** The monitor has ended by an error. */
        void failed(KernelException failure);
    }

    /**
     * Which changes are reported.
     *
     * @param ignoredPort a {@link NetlinkKernel#port()} whose changes are ignored, where the kernel says who made them; 0
     *     for none
     * @param protocol {@code rtm_protocol} of our routes
     * @param filterTable our nftables table of family {@code ip}, and the comment of our rules in other tables
     */
    public record Interest(int ignoredPort, int protocol, String filterTable) {}

    private KernelMonitor(long handle, Listener listener) {
        this.handle = handle;
        this.listener = listener;
        thread = new Thread(this::run, "culvert-kernel-monitor");
        thread.setDaemon(true);
    }

    /**
     * Starts a monitor; it misses no change after this returns.
     *
     * @param netns such as {@code /run/netns/n1}; null for the calling thread's own
     * @throws KernelException if it cannot subscribe there
     * @throws NativeLibraryException if the C shim cannot be used
     */
    public static KernelMonitor start(@Nullable Path netns, Interest interest, Listener listener) {
        NativeLibrary.load();
        long handle = NativeNetlink.openMonitor(
                netns == null ? null : netns.toString(),
                interest.ignoredPort(),
                interest.protocol(),
                interest.filterTable());
        if (handle < 0) {
            throw NetlinkSocket.openFailure("netlink monitor", netns, (int) -handle);
        }
        KernelMonitor monitor = new KernelMonitor(handle, listener);
        monitor.thread.start();
        return monitor;
    }

    /** How often the kernel dropped messages. Any thread. */
    public long overruns() {
        return overruns.get();
    }

    /** Ends the monitor and waits until the listener has returned, unless called by the listener. */
    @Override
    public void close() {
        wake();
        if (Thread.currentThread() == thread) {
            return;
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void wake() {
        closing = true;
        if (handle != 0) {
            NativeNetlink.wakeMonitor(handle);
        }
    }

    private synchronized boolean closing() {
        return closing;
    }

    /** Only the waiting thread frees the handle, so it is never freed during a wait. */
    private synchronized void release() {
        NativeNetlink.closeMonitor(handle);
        handle = 0;
    }

    private void run() {
        long waited = handle;
        try {
            while (!closing()) {
                int news = NativeNetlink.waitMonitor(waited, NO_TIMEOUT);
                if (news < 0) {
                    throw new KernelException("cannot read the kernel's announcements: " + Errno.name(-news), -news);
                }
                report(news);
            }
        } catch (KernelException e) {
            listener.failed(e);
        } catch (RuntimeException e) {
            listener.failed(new KernelException("the listener to the kernel's announcements failed: " + e, e));
        } finally {
            release();
        }
    }

    private void report(int news) {
        if ((news & OVERRUN) != 0) {
            overruns.incrementAndGet();
        }
        KernelNews report = new KernelNews(tables(news), (news & ROUTES_LOST) == 0 ? Set.of() : lostRoutes());
        if (!report.isNone() && !closing()) {
            listener.changed(report);
        }
    }

    private Set<Prefix> lostRoutes() {
        Set<Prefix> prefixes = new HashSet<>();
        int count = NativeNetlink.lostRoutes(handle, lost, LOST_MAX);
        if (count < 0) {
            throw new KernelException("cannot read the deleted routes: " + Errno.name(-count), -count);
        }
        for (int i = 0; i < count; i++) {
            route.at(i);
            prefixes.add(new Prefix(route.prefix(), route.prefixLength()));
        }
        return prefixes;
    }

    static Set<KernelTable> tables(int news) {
        if ((news & OVERRUN) != 0) {
            return EnumSet.allOf(KernelTable.class);
        }
        Set<KernelTable> tables = EnumSet.noneOf(KernelTable.class);
        add(tables, news, LINK, KernelTable.LINK);
        add(tables, news, ADDRESS, KernelTable.ADDRESS);
        add(tables, news, NEXTHOP, KernelTable.NEXTHOP);
        add(tables, news, ROUTE, KernelTable.ROUTE);
        add(tables, news, NFT, KernelTable.RULESET);
        add(tables, news, FIREWALL, KernelTable.FIREWALL);
        add(tables, news, FOREIGN_RULE, KernelTable.FOREIGN_RULE);
        return tables;
    }

    private static void add(Set<KernelTable> tables, int news, int bit, KernelTable table) {
        if ((news & bit) != 0) {
            tables.add(table);
        }
    }
}
