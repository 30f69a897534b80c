package io.culvert.lab;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Repeats a check until it holds, or a deadline has passed. */
final class Eventually {

    /** {@code -Dculvert.lab.deadline=SECONDS} for a machine that is busy with other things. */
    static final Duration DEADLINE = Duration.ofSeconds(Long.getLong("culvert.lab.deadline", 180));

    private static final long PAUSE_NANOS = Duration.ofMillis(20).toNanos();

    private Eventually() {}

    /** Repeats the assertion until it no longer throws. Returns how long that took; at the deadline throws what it threw last. */
    static Duration passes(Runnable assertion) {
        return passes(DEADLINE, assertion);
    }

    static Duration passes(Duration deadline, Runnable assertion) {
        long start = System.nanoTime();
        while (true) {
            long checked = System.nanoTime();
            try {
                assertion.run();
                return Duration.ofNanos(System.nanoTime() - start);
            } catch (AssertionError | RuntimeException e) {
                if (System.nanoTime() - start > deadline.toNanos()) {
                    throw new AssertionError("not within " + deadline.toSeconds() + " s", e);
                }
                // What is awaited needs the lab's one processor too.
                LockSupport.parkNanos(Math.max(PAUSE_NANOS, System.nanoTime() - checked));
            }
        }
    }

    /** Repeats the question until the answer is true. */
    static Duration holds(String what, Supplier<Boolean> question) {
        return passes(() -> {
            if (!question.get()) {
                throw new AssertionError(what);
            }
        });
    }
}
