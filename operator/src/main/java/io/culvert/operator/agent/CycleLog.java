package io.culvert.operator.agent;

import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.reconcile.Report;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * One line for each cycle that changed something, and one for each new set of obstacles; silent otherwise. Belongs to the
 * kernel's worker.
 */
final class CycleLog {

    /** More changes than this are counted instead of listed. */
    private static final int LISTED = 8;

    private final Logger log;
    private List<String> logged = List.of();

    CycleLog(Logger log) {
        this.log = log;
    }

    void ended(Report report, Optional<Duration> sinceEvent) {
        if (!report.outcomes().isEmpty()) {
            log.info(
                    "cycle {} {} revision {}: {}{}{}",
                    report.cycle(),
                    report.trigger().name().toLowerCase(Locale.ROOT),
                    report.revision(),
                    report.drift() ? "repaired: " : "",
                    changes(report.outcomes()),
                    sinceEvent
                            .map(duration ->
                                    String.format(Locale.ROOT, ", %.2f ms after the event", duration.toNanos() / 1e6))
                            .orElse(""));
        }
        List<Obstacle> obstacles = report.obstacles();
        // The count of attempts is in the text: the same fault again is no news.
        List<String> news = obstacles.stream().map(Obstacle::subject).toList();
        if (!news.equals(logged)) {
            logged = news;
            obstacles.stream().limit(LISTED).forEach(line -> log.warn("cycle {}: {}", report.cycle(), line));
            if (obstacles.size() > LISTED) {
                log.warn("cycle {}: {} more obstacles", report.cycle(), obstacles.size() - LISTED);
            }
            if (obstacles.isEmpty()) {
                log.info("cycle {}: all changes applied", report.cycle());
            }
        }
    }

    private static String changes(List<Outcome> outcomes) {
        if (outcomes.size() <= LISTED) {
            return outcomes.stream().map(Outcome::change).map(Change::toString).collect(Collectors.joining("; "));
        }
        Map<Change.Kind, Integer> byKind = new EnumMap<>(Change.Kind.class);
        outcomes.forEach(outcome -> byKind.merge(outcome.change().kind(), 1, Integer::sum));
        return byKind.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}
