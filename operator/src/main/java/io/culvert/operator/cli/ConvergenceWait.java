package io.culvert.operator.cli;

import io.culvert.operator.etcd.StatusReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Waits until pools have converged on every live node, and says how it goes on. Blocks. */
final class ConvergenceWait {

    private static final long PAUSE_MILLIS = 100;

    private final StatusReader statuses;
    private final Terminal terminal;
    private final long deadlineNanos;
    private final Duration patience;

    /** @param patience for all pools together, from now on */
    ConvergenceWait(StatusReader statuses, Terminal terminal, Duration patience) {
        this.statuses = statuses;
        this.terminal = terminal;
        this.patience = patience;
        this.deadlineNanos = System.nanoTime() + patience.toNanos();
    }

    /**
     * Waits for one pool.
     *
     * @param revision of its last change
     * @throws Refusal as failed when time is up, naming each lagging node and why
     */
    void forPool(String pool, long revision) {
        String said = "";
        Convergence convergence = look(pool, revision);
        while (!convergence.complete()) {
            if (!convergence.summary().equals(said)) {
                said = convergence.summary();
                terminal.err().println("ippool/" + pool + ": " + said);
            }
            if (System.nanoTime() - deadlineNanos >= 0) {
                throw timedOut(pool, convergence);
            }
            pause();
            convergence = look(pool, revision);
        }
        terminal.print("ippool/" + pool + " converged on " + convergence.live()
                + (convergence.live() == 1 ? " node" : " nodes"));
    }

    private Convergence look(String pool, long revision) {
        return Convergence.of(pool, revision, statuses.read().nodes());
    }

    private Refusal timedOut(String pool, Convergence convergence) {
        List<String> reasons = new ArrayList<>();
        reasons.add("ippool/" + pool + " has not converged within " + patience.toMillis() / 1000.0 + " s: "
                + convergence.summary());
        convergence.lagging().forEach((node, reason) -> reasons.add("node " + node + " " + reason));
        return Refusal.failed(reasons);
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Refusal.failed("interrupted while waiting");
        }
    }
}
