package io.culvert.operator.snapshot;

import java.time.Duration;

/** The thread that a watcher runs on. */
public final class WatcherThread implements AutoCloseable {

    private final DatastoreWatcher watcher;
    private final Thread thread;

    private WatcherThread(DatastoreWatcher watcher) {
        this.watcher = watcher;
        this.thread = new Thread(watcher::run, "watcher under test");
        thread.setDaemon(true);
    }

    public static WatcherThread start(DatastoreWatcher watcher) {
        WatcherThread started = new WatcherThread(watcher);
        started.thread.start();
        return started;
    }

    /** Closes the watcher; fails if it does not end soon. */
    @Override
    public void close() {
        watcher.close();
        try {
            thread.join(Duration.ofSeconds(2).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new AssertionError("the watcher still runs, 2 s after it was closed");
        }
    }
}
