package io.culvert.operator;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Repeats a check, with pauses, until it holds or a limit has passed. */
public final class Eventually {

    public static final Duration LIMIT = Duration.ofSeconds(120);

    private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();

    private Eventually() {}

    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Fails with the description if the condition does not hold within {@link #LIMIT}. */
    public static void holds(String description, Condition condition) {
        holds(description, LIMIT, condition);
    }

    public static void holds(String description, Duration limit, Condition condition) {
        holds(description, limit, condition, () -> "");
    }

    /**
     * The same.
     *
     * @param explanation what a failure shows besides
     */
    public static void holds(String description, Duration limit, Condition condition, Callable<String> explanation) {
        long end = System.nanoTime() + limit.toNanos();
        try {
            while (!condition.holds()) {
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError("not within " + limit + ": " + description + "; " + explanation.call());
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (Exception broken) {
            throw new AssertionError(description, broken);
        }
    }
}
