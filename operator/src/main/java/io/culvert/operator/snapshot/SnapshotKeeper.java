package io.culvert.operator.snapshot;

import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.state.StateFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last snapshot in a file, for an agent that starts while etcd cannot be reached. A thread of its own writes, and
 * takes at most a twentieth of a processor for it: the more there is to write, the longer it waits before it writes again.
 *
 * <p>A kept snapshot is believed only by who is configured with one of the endpoints that it was read from: an agent that was
 * pointed at another cluster must not hold its kernel to the former one's. It belongs to the cluster, not to the node; the
 * node's name in the file's name keeps nodes apart that share a state directory.
 */
public final class SnapshotKeeper implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotKeeper.class);
    private static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final int REST = 19;
    private static final Duration LAST_WRITE = Duration.ofSeconds(10);

    private final StateFile file;
    private final List<String> endpoints;
    private final Thread thread = new Thread(this::run, "culvert-snapshot");
    private @Nullable SnapshotContent waiting;
    private boolean writing;
    private boolean closed;
    private boolean failing;
    private long dueNanos = System.nanoTime() + INTERVAL.toNanos();

    /** @param etcd what snapshots are read from now */
    public SnapshotKeeper(Path stateDirectory, String nodeName, EtcdConfig etcd) {
        this.file = new StateFile(stateDirectory, "snapshot." + nodeName, SnapshotContent.VERSION);
        this.endpoints = etcd.endpoints().stream().map(URI::toString).toList();
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether a snapshot would be written now, rather than later. Any thread. */
    synchronized boolean isDue() {
        return waiting == null && !writing && System.nanoTime() - dueNanos >= 0;
    }

    /** Has a snapshot written soon, in the place of one that still waits. Any thread; does not block. */
    synchronized void put(FullReading latest) {
        waiting = new SnapshotContent(
                endpoints, latest.snapshot(), latest.assembler().documents());
        notifyAll();
    }

    /** What is kept; empty if there is nothing, or nothing to be believed, and then the log says why. Blocks; any thread. */
    Optional<FullReading> recall() {
        try {
            Optional<SnapshotContent.Recalled> recalled = file.read(SnapshotContent::decode);
            if (recalled.isPresent() && Collections.disjoint(recalled.get().endpoints(), endpoints)) {
                LOG.warn(
                        "{} was read from etcd at {}, and this agent is to follow {}: it is ignored",
                        file,
                        String.join(",", recalled.get().endpoints()),
                        String.join(",", endpoints));
                return Optional.empty();
            }
            return recalled.map(SnapshotContent.Recalled::reading);
        } catch (IOException unreadable) {
            LOG.warn("{} cannot be read ({}): it is ignored", file, unreadable.toString());
            return Optional.empty();
        }
    }

    private void run() {
        for (SnapshotContent content = take(); content != null; content = take()) {
            long started = System.nanoTime();
            write(content);
            rest(System.nanoTime() - started);
        }
    }

    private synchronized @Nullable SnapshotContent take() {
        try {
            while (waiting == null && !closed) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        SnapshotContent content = waiting;
        waiting = null;
        writing = content != null;
        return content;
    }

    private void write(SnapshotContent content) {
        try {
            file.write(content.encode());
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn(
                        "{} cannot be written ({}): mend --state-dir, or a start without etcd will know nothing",
                        file,
                        e);
            }
            failing = true;
        }
    }

    private synchronized void rest(long tookNanos) {
        writing = false;
        dueNanos = System.nanoTime() + Math.max(INTERVAL.toNanos(), REST * tookNanos);
        notifyAll();
    }

    /** Writes what still waits, if that does not take too long, and ends. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(LAST_WRITE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where it is kept. */
    @Override
    public String toString() {
        return file.toString();
    }
}
