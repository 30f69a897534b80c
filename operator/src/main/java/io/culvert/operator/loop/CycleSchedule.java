package io.culvert.operator.loop;

import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.reconcile.FatalException;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resource.Snapshot;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a cycle runs, and runs it: for new work, for failed changes that are due, for the resync period. Nothing runs
 * before the first snapshot: an unknown desired state is not an empty one. For one thread.
 */
public final class CycleSchedule {

    /** A kernel that lacks a feature or denies a right will not grant it later. */
    private static final Set<Integer> HOPELESS = Set.of(Errno.EPERM, Errno.EACCES, Errno.EOPNOTSUPP);

    /** So far away that adding it to the clock does not overflow. */
    private static final long NEVER = Long.MAX_VALUE / 4;

    private static final int REST_FACTOR = 2;
    private static final long AFTER_FAILURE_MILLIS = 1000;

    private final Reconciler reconciler;
    private final CycleListener listener;
    private final Function<Snapshot, Duration> resyncPeriod;

    private @Nullable Snapshot snapshot;
    private boolean first = true;
    private long resyncMillis = NEVER;
    private long resyncAtMillis = NEVER;
    private long retryAtMillis = NEVER;
    private KernelNews pendingNews = KernelNews.NONE;
    private OptionalLong pendingSinceNanos = OptionalLong.empty();
    private long newsAtMillis = NEVER;
    private long restUntilMillis = Long.MIN_VALUE;

    /** @param resyncPeriod the full resync interval that a snapshot asks for; zero for none */
    public CycleSchedule(Reconciler reconciler, Function<Snapshot, Duration> resyncPeriod, CycleListener listener) {
        this.reconciler = reconciler;
        this.listener = listener;
        this.resyncPeriod = resyncPeriod;
    }

    /**
     * Takes what is new, and runs a cycle if that or the time asks for one. Blocks for the kernel.
     *
     * @return milliseconds until a cycle is due although nothing new comes; empty for never
     * @throws FatalException if the kernel refuses for good
     */
    public OptionalLong attend(Work work) {
        work.snapshot().ifPresent(this::follow);
        work.assignment().map(TunnelAssignment::address).ifPresent(reconciler::assignTunnelAddress);
        work.confirmed().ifPresent(reconciler::confirm);
        pendingNews = pendingNews.and(work.news());
        pendingSinceNanos = pendingSinceNanos.isPresent() ? pendingSinceNanos : work.sinceNanos();
        boolean resync = nowMillis() >= resyncAtMillis;
        if (resync) {
            resyncAtMillis = nowMillis() + resyncMillis;
        }
        boolean news = !pendingNews.isNone() && !rests();
        boolean due = resync || news || work.changesDesiredState() || nowMillis() >= retryAtMillis;
        if (snapshot != null && due) {
            cycle(snapshot, trigger(work, resync));
        }
        long dueMillis = Math.min(Math.min(resyncAtMillis, retryAtMillis), newsAtMillis) - nowMillis();
        return snapshot == null || dueMillis > NEVER / 2
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(0, dueMillis));
    }

    /**
     * Whether cycles that the kernel's announcements ask for have to wait, so that a flood of foreign ones does not keep
     * this thread busy: twice as long as the last one took.
     */
    private boolean rests() {
        boolean early = nowMillis() < restUntilMillis && !pendingNews.tables().isEmpty();
        newsAtMillis = early ? restUntilMillis : NEVER;
        return early;
    }

    private void follow(Snapshot newest) {
        snapshot = newest;
        Duration period = resyncPeriod.apply(newest);
        long millis = period.isZero() ? NEVER : period.toMillis();
        if (millis != resyncMillis) {
            resyncMillis = millis;
            resyncAtMillis = nowMillis() + millis;
        }
    }

    private Trigger trigger(Work work, boolean resync) {
        if (first) {
            return Trigger.START;
        } else if (resync) {
            return Trigger.RESYNC;
        } else if (work.changesDesiredState()) {
            return Trigger.DATASTORE;
        }
        return pendingNews.isNone() ? Trigger.RETRY : Trigger.KERNEL;
    }

    private void cycle(Snapshot current, Trigger trigger) {
        long startedMillis = nowMillis();
        try {
            Report report = reconciler.reconcile(current, trigger, pendingNews, nowMillis());
            first = false;
            pendingNews = KernelNews.NONE;
            retryAtMillis = report.nextDueMillis().orElse(NEVER);
            Optional<Duration> sinceEvent = pendingSinceNanos.isPresent()
                    ? Optional.of(Duration.ofNanos(System.nanoTime() - pendingSinceNanos.getAsLong()))
                    : Optional.empty();
            pendingSinceNanos = OptionalLong.empty();
            newsAtMillis = NEVER;
            restUntilMillis = nowMillis() + REST_FACTOR * (nowMillis() - startedMillis);
            listener.ended(current, report, sinceEvent);
        } catch (KernelException e) {
            if (HOPELESS.contains(e.errno())) {
                throw new FatalException(String.valueOf(e.getMessage()));
            }
            pendingNews = KernelNews.ALL;
            retryAtMillis = nowMillis() + AFTER_FAILURE_MILLIS;
            listener.failed(trigger, e);
        }
    }

    private static long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
