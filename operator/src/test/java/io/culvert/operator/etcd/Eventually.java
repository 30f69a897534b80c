package io.culvert.operator.etcd;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for what happens in its own time. */
public final class Eventually {

    static final Duration LIMIT = Duration.ofSeconds(20);

    private Eventually() {}

    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Fails with the description if the condition does not come to hold in time. */
    public static void holds(String description, Condition condition) {
        holds(description, LIMIT, condition);
    }

    public static void holds(String description, Duration limit, Condition condition) {
        long end = System.nanoTime() + limit.toNanos();
        try {
            while (!condition.holds()) {
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError("not within " + limit + ": " + description);
                }
                LockSupport.parkNanos(5_000_000);
            }
        } catch (Exception broken) {
            throw new AssertionError(description, broken);
        }
    }

    /** A channel that was refused a moment ago goes on refusing, until its own pause is over. */
    public static void answers(EtcdConnection etcd) {
        holds("etcd answers", () -> {
            try {
                etcd.revision("any");
                return true;
            } catch (DatastoreException notYet) {
                return false;
            }
        });
    }
}
