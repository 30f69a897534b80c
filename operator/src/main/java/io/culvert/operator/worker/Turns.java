package io.culvert.operator.worker;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The work of one verticle, a turn at a time. However often it is marked, one turn follows, so nothing queues. A turn says when
 * the next one is due if nobody marks it. Turns run on the context of a worker verticle, else on the worker pool of an
 * event-loop verticle.
 */
public final class Turns {

    /** One turn. */
    public interface Work {

        /** @return milliseconds until the next turn is due unasked; empty for never */
        OptionalLong turn();
    }

    /** Throws into the context's exception handler, as a turn on a worker's context does. */
    public static final Handler<Throwable> DIED = cause -> {
        throw new IllegalStateException("a turn failed", cause);
    };

    private static final long IDLE = Long.MIN_VALUE;
    private static final long NO_TIMER = -1;

    private final Work work;
    private final AtomicBoolean marked = new AtomicBoolean();
    private volatile @Nullable Context context;
    private volatile long busySinceNanos = IDLE;
    private volatile boolean ended;
    private long timer = NO_TIMER;
    private long timerAtMillis;

    public Turns(Work work) {
        this.work = work;
    }

    /** Runs the first turn soon. To be called by the verticle's start. */
    public void start(Context own) {
        context = own;
        marked.set(true);
        post(own);
    }

    /** Asks for a turn. Any thread; does not block. */
    public void mark() {
        Context own = context;
        if (!ended && !marked.getAndSet(true) && own != null) {
            if (busySinceNanos == IDLE) {
                busySinceNanos = System.nanoTime();
            }
            post(own);
        }
    }

    private void post(Context own) {
        if (own.isWorkerContext()) {
            own.runOnContext(none -> turn());
            return;
        }
        own.executeBlocking(() -> {
                    turn();
                    return true;
                })
                .onFailure(DIED);
    }

    /** No turn begins any more. Any thread. */
    public void end() {
        ended = true;
    }

    /** Whether a turn has been wanted or under way for that long. Any thread. */
    public boolean hangFor(Duration limit) {
        long since = busySinceNanos;
        return since != IDLE && System.nanoTime() - since > limit.toNanos();
    }

    private void turn() {
        marked.set(false);
        if (ended) {
            return;
        }
        busySinceNanos = System.nanoTime();
        OptionalLong dueMillis = work.turn();
        busySinceNanos = marked.get() ? System.nanoTime() : IDLE;
        dueMillis.ifPresent(this::arm);
    }

    /**
     * A timer that is due earlier stays: its turn finds nothing due and arms the next one. That is cheaper than a new timer for
     * each turn.
     */
    private void arm(long dueMillis) {
        long nowMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        if (dueMillis == 0) {
            mark();
        } else if (timer == NO_TIMER || timerAtMillis <= nowMillis || nowMillis + dueMillis < timerAtMillis) {
            Vertx vertx = context().owner();
            vertx.cancelTimer(timer);
            timerAtMillis = nowMillis + dueMillis;
            timer = vertx.setTimer(dueMillis, fired -> mark());
        }
    }

    private Context context() {
        Context own = context;
        if (own == null) {
            throw new IllegalStateException("turns before the start");
        }
        return own;
    }
}
