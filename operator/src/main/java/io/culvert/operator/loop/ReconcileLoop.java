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
 * The duty of the kernel thread: take what the mailbox holds, run one cycle, tell how it ended; when failed changes are due
 * or the resync period is over, run one without being asked. Nothing runs before the first snapshot: what is not known is
 * not a wish for emptiness.
 */
public final class ReconcileLoop implements Runnable {

    /** A kernel that cannot be asked for want of a feature or a right will not have it later. */
    private static final Set<Integer> HOPELESS = Set.of(Errno.EPERM, Errno.EACCES, Errno.EOPNOTSUPP);

    /** So far away that adding it to the clock does not overflow. */
    private static final long NEVER = Long.MAX_VALUE / 4;

    private static final long TURN_MILLIS = 60_000;
    private static final long GRACE_MILLIS = 120_000;
    private static final int REST_FACTOR = 2;
    private static final long AFTER_FAILURE_MILLIS = 1000;

    private final Reconciler reconciler;
    private final Mailbox mailbox;
    private final CycleListener listener;
    private final Function<Snapshot, Duration> resyncPeriod;

    private @Nullable Snapshot snapshot;
    private boolean first = true;
    private long resyncMillis = NEVER;
    private long resyncAtMillis = NEVER;
    private long retryAtMillis = Long.MAX_VALUE;
    private KernelNews unheeded = KernelNews.NONE;
    private OptionalLong unheededSinceNanos = OptionalLong.empty();
    private long newsAtMillis = NEVER;
    private long restUntilMillis = Long.MIN_VALUE;
    private volatile long lastTurnMillis = nowMillis();

    /** @param resyncPeriod how often everything is looked at though nothing happened, by the snapshot; zero for never */
    public ReconcileLoop(
            Reconciler reconciler, Mailbox mailbox, Function<Snapshot, Duration> resyncPeriod, CycleListener listener) {
        this.reconciler = reconciler;
        this.mailbox = mailbox;
        this.listener = listener;
        this.resyncPeriod = resyncPeriod;
    }

    /** Runs until the mailbox is closed, the thread is interrupted, or the kernel refuses for good. */
    @Override
    public void run() {
        try {
            while (true) {
                long dueMillis = Math.min(Math.min(resyncAtMillis, retryAtMillis), newsAtMillis) - nowMillis();
                Optional<Work> work = mailbox.take(Math.max(0, Math.min(dueMillis, TURN_MILLIS)));
                if (work.isEmpty()) {
                    return;
                }
                attend(work.get());
                lastTurnMillis = nowMillis();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (FatalException e) {
            listener.fatal(e);
        }
    }

    /**
     * Whether the loop has come round lately: it does at least once a minute, so two minutes beyond that mean that the kernel
     * or a command hangs. Any thread.
     */
    public boolean turning() {
        return nowMillis() - lastTurnMillis < TURN_MILLIS + GRACE_MILLIS;
    }

    private void attend(Work work) {
        work.snapshot().ifPresent(this::follow);
        work.assignment().map(TunnelAssignment::address).ifPresent(reconciler::assignTunnelAddress);
        work.confirmed().ifPresent(reconciler::confirm);
        unheeded = unheeded.and(work.news());
        boolean resync = work.resync() || nowMillis() >= resyncAtMillis;
        if (resync) {
            resyncAtMillis = nowMillis() + resyncMillis;
        }
        unheededSinceNanos = unheededSinceNanos.isPresent() ? unheededSinceNanos : work.sinceNanos();
        boolean news = !unheeded.isNone() && !rests();
        boolean due = resync || news || work.isWish() || nowMillis() >= retryAtMillis;
        if (snapshot != null && due) {
            cycle(snapshot, trigger(work, resync));
        }
    }

    /**
     * Whether looks that the kernel's announcements ask for have to wait, so that somebody else's flood of them does not keep this
     * thread busy: twice as long as the last one took.
     */
    private boolean rests() {
        boolean early = nowMillis() < restUntilMillis && !unheeded.tables().isEmpty();
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
        } else if (work.isWish()) {
            return Trigger.DATASTORE;
        }
        return unheeded.isNone() ? Trigger.RETRY : Trigger.KERNEL;
    }

    private void cycle(Snapshot current, Trigger trigger) {
        long startedMillis = nowMillis();
        try {
            Report report = reconciler.reconcile(current, trigger, unheeded, nowMillis());
            first = false;
            unheeded = KernelNews.NONE;
            retryAtMillis = report.nextDueMillis().orElse(Long.MAX_VALUE);
            Optional<Duration> sinceEvent = unheededSinceNanos.isPresent()
                    ? Optional.of(Duration.ofNanos(System.nanoTime() - unheededSinceNanos.getAsLong()))
                    : Optional.empty();
            unheededSinceNanos = OptionalLong.empty();
            newsAtMillis = NEVER;
            restUntilMillis = nowMillis() + REST_FACTOR * (nowMillis() - startedMillis);
            listener.ended(current, report, sinceEvent);
        } catch (KernelException e) {
            if (HOPELESS.contains(e.errno())) {
                throw new FatalException(String.valueOf(e.getMessage()));
            }
            unheeded = KernelNews.ALL;
            retryAtMillis = nowMillis() + AFTER_FAILURE_MILLIS;
            listener.failed(trigger, e);
        }
    }

    private static long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
