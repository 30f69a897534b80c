package io.culvert.operator.cli.status;

import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.terminal.NameList;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.DatastoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Waits until goals are reached, and prints the progress. Retries while etcd does not answer. Blocks. */
public final class ConvergenceWait {

    private static final Duration PAUSE = Duration.ofMillis(100);

    /** An agent that has just registered its node reports its status within this time; one that does not is down. */
    private static final Duration START = Duration.ofSeconds(5);

    private final ClusterReader reader;
    private final Terminal terminal;
    private final long deadlineNanos;
    private final Duration timeout;
    private final Map<String, Long> downSince = new HashMap<>();
    private final Map<String, String> said = new HashMap<>();
    private boolean first = true;

    /** @param timeout for all goals together, from now on */
    public ConvergenceWait(ClusterReader reader, Terminal terminal, Duration timeout) {
        this.reader = reader;
        this.terminal = terminal;
        this.timeout = timeout;
        this.deadlineNanos = System.nanoTime() + timeout.toNanos();
    }

    /**
     * Waits for all of them.
     *
     * @throws Refusal as failed when time is up, naming each lagging node and why; or when a goal cannot be reached
     */
    public void forAll(List<? extends Goal> goals) {
        List<Goal> open = new ArrayList<>(goals);
        Map<Goal, Goal.Progress> progress = new LinkedHashMap<>();
        String outage = "etcd not read yet";
        while (true) {
            try {
                ClusterStatus status = reader.read();
                outage = "";
                check(open, status, progress);
                if (open.isEmpty()) {
                    warnOfAbsent(status);
                    return;
                }
            } catch (DatastoreException failure) {
                if (!failure.mayPass()) {
                    throw failure;
                }
                outage = String.valueOf(failure.getMessage());
                say("etcd", outage, outage);
            }
            if (System.nanoTime() - deadlineNanos >= 0) {
                throw timedOut(open, progress, outage);
            }
            Pause.of(PAUSE);
        }
    }

    private void check(List<Goal> open, ClusterStatus status, Map<Goal, Goal.Progress> progress) {
        List<String> starting = starting(status);
        for (Goal goal : List.copyOf(open)) {
            Goal.Progress seen = goal.progress(status);
            progress.put(goal, seen);
            if (seen.done() && (starting.isEmpty() || goal instanceof Goal.PoolGone)) {
                terminal.print(goal.title() + " " + seen.summary());
                open.remove(goal);
            } else {
                String also = starting.isEmpty() ? "" : "; starting: " + NameList.of(starting);
                say(goal.title(), seen.summary() + also, goal.title() + ": " + seen.explanation() + also);
            }
        }
    }

    /** Nodes that appeared meanwhile, registered by an agent that has not reported a status yet. */
    private List<String> starting(ClusterStatus status) {
        long now = System.nanoTime();
        List<String> down = status.down();
        downSince.keySet().retainAll(down);
        for (String node : down) {
            downSince.putIfAbsent(node, first ? now - START.toNanos() : now);
        }
        first = false;
        return down.stream()
                .filter(node -> now - downSince.getOrDefault(node, now) < START.toNanos())
                .toList();
    }

    private void say(String subject, String summary, String line) {
        if (!summary.equals(said.put(subject, summary))) {
            terminal.err().println(line);
        }
    }

    private void warnOfAbsent(ClusterStatus status) {
        List<String> down = status.down();
        if (!down.isEmpty()) {
            terminal.warn("skipped nodes without a live agent: " + NameList.of(down));
        }
    }

    private Refusal timedOut(List<Goal> open, Map<Goal, Goal.Progress> progress, String outage) {
        List<String> reasons = new ArrayList<>();
        Map<String, String> nodes = new TreeMap<>();
        for (Goal goal : open) {
            Goal.Progress last = progress.get(goal);
            reasons.add(goal.title() + " has not " + goal.reached() + " within " + timeout.toMillis() / 1000.0 + " s"
                    + (last == null ? "" : ": " + last.summary()));
            if (last != null) {
                last.missing()
                        .forEach((node, reason) -> nodes.merge(
                                node, reason, (one, other) -> one.equals(other) ? one : one + "; " + other));
            }
        }
        nodes.forEach((node, reason) -> reasons.add("node " + node + " " + reason));
        if (!outage.isEmpty()) {
            reasons.add(outage);
        } else {
            reader.lastKnown()
                    .down()
                    .forEach(node -> reasons.add("node " + node + " is down: no agent status in etcd"));
        }
        return Refusal.failed(reasons);
    }
}
