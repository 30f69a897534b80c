package io.culvert.operator.snapshot;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the last snapshot written to its file now and then. Writing takes at most a twentieth of a processor: the longer it took,
 * the longer the next one waits.
 */
public final class SnapshotKeeper implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotKeeper.class);
    private static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final int REST = 19;
    private static final Duration LAST_WRITE = Duration.ofSeconds(10);

    private final KeptSnapshot file;
    private final Executor writer;
    private @Nullable SnapshotContent waiting;
    private boolean writing;
    private boolean failing;
    private long dueNanos = System.nanoTime() + INTERVAL.toNanos();

    /** @param writer runs the writing, which blocks; gets one task at a time */
    public SnapshotKeeper(KeptSnapshot file, Executor writer) {
        this.file = file;
        this.writer = writer;
    }

    /** What was kept last. Blocks; any thread. */
    Optional<FullReading> recall() {
        return file.recall();
    }

    /** Whether a snapshot would be written now, rather than later. Any thread. */
    synchronized boolean isDue() {
        return !writing && System.nanoTime() - dueNanos >= 0;
    }

    /** Has a snapshot written, in the place of one that still waits. Any thread; does not block. */
    void put(FullReading latest) {
        synchronized (this) {
            waiting = file.contentOf(latest);
            if (writing) {
                return;
            }
            writing = true;
        }
        writer.execute(this::writeAll);
    }

    private void writeAll() {
        for (SnapshotContent content = take(); content != null; content = take()) {
            long started = System.nanoTime();
            write(content);
            rest(System.nanoTime() - started);
        }
    }

    private synchronized @Nullable SnapshotContent take() {
        SnapshotContent content = waiting;
        waiting = null;
        writing = content != null;
        if (!writing) {
            notifyAll();
        }
        return content;
    }

    private void write(SnapshotContent content) {
        try {
            file.write(content);
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn(
                        "cannot write {} ({}): check --state-dir; a start without etcd would have no snapshot",
                        file,
                        e);
            }
            failing = true;
        }
    }

    private synchronized void rest(long tookNanos) {
        dueNanos = System.nanoTime() + Math.max(INTERVAL.toNanos(), REST * tookNanos);
    }

    /** Waits until the last snapshot is written, if that does not take too long. Not on the writer's thread. */
    @Override
    public synchronized void close() {
        long deadline = System.nanoTime() + LAST_WRITE.toNanos();
        try {
            for (long left = LAST_WRITE.toMillis();
                    writing && left > 0;
                    left = Duration.ofNanos(deadline - System.nanoTime()).toMillis()) {
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
