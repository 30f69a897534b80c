package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.Outcome;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Changes that failed, and when each is due again. An entry stands for exactly one change: another change of the same object
 * starts without a history. Not for more than one thread.
 */
final class RetryLedger {

    /** Not by time: when something else changes in the kernel. */
    private static final long UNTIL_WOKEN = Long.MAX_VALUE;

    private final Map<Change, Entry> entries = new LinkedHashMap<>();
    private final Backoff backoff;

    RetryLedger(Backoff backoff) {
        this.backoff = backoff;
    }

    private record Entry(FailureClass failureClass, int attempts, long dueMillis, Obstacle obstacle) {}

    void failed(Outcome outcome, FailureClass failureClass, long nowMillis) {
        Entry before = entries.get(outcome.change());
        int attempts = before == null ? 1 : before.attempts + 1;
        long due = failureClass == FailureClass.WAITING ? UNTIL_WOKEN : nowMillis + backoff.millisAfter(attempts);
        entries.put(
                outcome.change(), new Entry(failureClass, attempts, due, obstacle(outcome, failureClass, attempts)));
    }

    private static Obstacle obstacle(Outcome outcome, FailureClass failureClass, int attempts) {
        String kernel = outcome.text().isEmpty() ? "" : " (" + outcome.text() + ")";
        return new Obstacle(
                outcome.change().subject(),
                failureClass,
                "'" + outcome.change() + "' failed with " + Errno.name(outcome.errno()) + kernel + ", attempt "
                        + attempts + advice(outcome));
    }

    private static String advice(Outcome outcome) {
        return outcome.change() instanceof Change.CreateTunnel && outcome.errno() == Errno.EOPNOTSUPP
                ? "; this kernel has no IP-in-IP: load its module with 'modprobe ipip'"
                : "";
    }

    void succeeded(Change change) {
        // The hash of a change costs more than everything else done with its outcome, and there may be 100,000 of them.
        if (!entries.isEmpty()) {
            entries.remove(change);
        }
    }

    /** Forgets the failures of these subjects: another change has succeeded. */
    void forget(Set<String> subjects) {
        entries.keySet().removeIf(change -> subjects.contains(change.subject()));
    }

    /** Whether the change may be applied: it never failed, or it is due. */
    boolean due(Change change, long nowMillis) {
        Entry entry = entries.get(change);
        return entry == null || entry.dueMillis <= nowMillis;
    }

    /** Forgets changes that are no longer planned. */
    void retain(Collection<Change> planned) {
        if (!entries.isEmpty()) {
            entries.keySet().retainAll(Set.copyOf(planned));
        }
    }

    /** Makes every waiting entry due. */
    void wakeWaiting() {
        entries.replaceAll((change, entry) -> entry.failureClass == FailureClass.WAITING
                ? new Entry(entry.failureClass, entry.attempts, Long.MIN_VALUE, entry.obstacle)
                : entry);
    }

    /** When the earliest entry is due; empty if all wait to be woken. */
    OptionalLong nextDueMillis() {
        return entries.values().stream()
                .mapToLong(Entry::dueMillis)
                .filter(due -> due != UNTIL_WOKEN)
                .min();
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    List<Obstacle> obstacles() {
        return entries.values().stream().map(Entry::obstacle).toList();
    }
}
