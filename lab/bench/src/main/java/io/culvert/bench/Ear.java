package io.culvert.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.etcd.jetcd.Watch;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Hears what comes and goes, with the time of {@link System#nanoTime()} for each: routes, by the kernel's announcements, or
 * keys, by a bare watcher of etcd. nanoTime is CLOCK_MONOTONIC in every process of a Linux machine (HotSpot,
 * {@code os_posix.cpp}).
 */
final class Ear implements AutoCloseable {

    private static final long TIMEOUT_SECONDS = 120;

    private record Heard(boolean came, String what, long nanos) {}

    private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
    private final Runnable end;
    private volatile boolean closed;

    /** Of the kernel: {@code baseline} is the program of native/bench. */
    static Ear kernel(String baseline) throws IOException {
        Process process = new ProcessBuilder(baseline, "events")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader lines = process.inputReader(UTF_8);
        if (!"ready".equals(lines.readLine())) {
            throw new IllegalStateException("the kernel cannot be heard");
        }
        Ear ear = new Ear(process::destroy);
        Thread thread = new Thread(() -> ear.hearRoutes(lines), "ear");
        thread.setDaemon(true);
        thread.start();
        return ear;
    }

    /** Of etcd. */
    static Ear watch(Datastore datastore, String prefix) {
        LinkedBlockingQueue<Ear> self = new LinkedBlockingQueue<>();
        Watch.Watcher watcher = datastore
                .client
                .getWatchClient()
                .watch(
                        Datastore.bytes(prefix),
                        WatchOption.builder().isPrefix(true).build(),
                        response -> {
                            long nanos = System.nanoTime();
                            Ear ear = self.peek();
                            for (WatchEvent event : response.getEvents()) {
                                if (ear != null) {
                                    ear.heard.add(new Heard(
                                            event.getEventType() == WatchEvent.EventType.PUT,
                                            event.getKeyValue().getKey().toString(UTF_8),
                                            nanos));
                                }
                            }
                        });
        Ear ear = new Ear(watcher::close);
        self.add(ear);
        return ear;
    }

    private Ear(Runnable end) {
        this.end = end;
    }

    private void hearRoutes(BufferedReader lines) {
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                hearRoute(line);
            }
        } catch (IOException e) {
            if (!closed) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void hearRoute(String line) {
        int first = line.indexOf(' ');
        heard.add(new Heard(
                line.charAt(first + 1) == '+', line.substring(first + 3), Long.parseLong(line.substring(0, first))));
    }

    void forget() {
        heard.clear();
    }

    /** Waits until as many different things have come, or gone, and returns when the last of them did. */
    long last(int count, boolean came) throws InterruptedException {
        Set<String> known = new HashSet<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (true) {
            Heard next = heard.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                throw new IllegalStateException(known.size() + " of " + count + (came ? " came" : " went") + " within "
                        + TIMEOUT_SECONDS + " s");
            }
            if (next.came == came && known.add(next.what) && known.size() == count) {
                return next.nanos;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        end.run();
    }
}
