package io.culvert.operator.cli.status;

import io.culvert.operator.cli.input.Refusal;
import java.time.Duration;

/** Between two readings of etcd. */
final class Pause {

    private Pause() {}

    /** @throws Refusal if the thread is interrupted meanwhile */
    static void of(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Refusal.failed("interrupted while waiting");
        }
    }
}
