package io.culvert.lab;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Asks etcd all the time, until closed, as somebody who knows of no outage and waits for nothing. */
final class Probe implements AutoCloseable {

    private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();

    private final Thread thread = new Thread(this::ask, "probe");
    private volatile boolean closed;
    private volatile boolean answering;
    private volatile long answeringSinceNanos;

    Probe() {
        thread.setDaemon(true);
        thread.start();
    }

    private void ask() {
        while (!closed) {
            boolean answers = Etcd.isHealthy();
            if (answers && !answering) {
                answeringSinceNanos = System.nanoTime();
            }
            answering = answers;
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** {@link System#nanoTime} of the first answer of those that go on now, waiting for one. */
    long answeringSinceNanos() {
        Eventually.holds("etcd answers", () -> answering);
        return answeringSinceNanos;
    }

    @Override
    public void close() {
        closed = true;
    }
}
