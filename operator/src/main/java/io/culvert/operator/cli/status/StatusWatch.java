package io.culvert.operator.cli.status;

import io.culvert.operator.cli.terminal.Screen;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.DatastoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code status -w}: a redrawn screen on a terminal, a line for each change otherwise. While etcd does not answer, it shows
 * the last known status and retries. Runs until the process ends.
 */
final class StatusWatch {

    /** A change has to show within a second. */
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final ClusterReader reader;
    private final Terminal terminal;
    private final boolean wide;
    private Optional<Outage> outage = Optional.empty();

    /** @param reason one sentence with endpoint and remedy */
    private record Outage(Instant since, String reason) {

        @Override
        public String toString() {
            return "datastore unreachable since " + since.truncatedTo(ChronoUnit.SECONDS) + ": " + reason;
        }
    }

    StatusWatch(ClusterReader reader, Terminal terminal, boolean wide) {
        this.reader = reader;
        this.terminal = terminal;
        this.wide = wide;
    }

    /**
     * Draws until the process ends.
     *
     * @throws DatastoreException if the first reading fails, or etcd refuses
     */
    void onScreen() {
        ClusterStatus status = reader.read();
        try (Screen screen = new Screen(terminal.out())) {
            Runtime.getRuntime().addShutdownHook(new Thread(screen::close, "culvert-screen"));
            while (true) {
                List<String> lines = new ArrayList<>();
                outage.ifPresent(failure -> lines.add(terminal.red(failure + "; last known:")));
                lines.addAll(new StatusView(status, terminal, wide).tables());
                screen.draw(lines);
                Pause.of(PAUSE);
                status = next();
            }
        }
    }

    /**
     * Prints until the process ends.
     *
     * @throws DatastoreException if the first reading fails, or etcd refuses
     */
    void asLines() {
        Map<String, String> before = Map.of();
        Map<String, String> after = StatusChanges.facts(reader.read());
        Optional<Outage> printed = Optional.empty();
        while (true) {
            if (!outage.map(Outage::since).equals(printed.map(Outage::since))) {
                print(outage.map(Outage::toString).orElse("datastore reachable again"));
                printed = outage;
            }
            StatusChanges.between(before, after).forEach(this::print);
            before = after;
            Pause.of(PAUSE);
            after = StatusChanges.facts(next());
        }
    }

    private ClusterStatus next() {
        try {
            ClusterStatus status = reader.read();
            outage = Optional.empty();
            return status;
        } catch (DatastoreException failure) {
            if (!failure.mayPass()) {
                throw failure;
            }
            Instant since = outage.map(Outage::since).orElseGet(Instant::now);
            outage = Optional.of(new Outage(since, String.valueOf(failure.getMessage())));
            return reader.lastKnown();
        }
    }

    private void print(String line) {
        terminal.print(Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + line);
    }
}
