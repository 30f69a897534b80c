package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Outcome;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How one cycle ended.
 *
 * @param cycle counted from 1 since the agent started
 * @param revision etcd revision of the snapshot that was applied
 * @param desired what the kernel should hold at that revision
 * @param outcomes what was tried, in order
 * @param obstacles what is wished for and not in the kernel, with the reason
 * @param pools one line per routed pool
 * @param tunnelMtu of our tunnel device as it is, in bytes; empty while there is none
 * @param warnings risks that are not failures
 * @param drift whether the changes repaired what somebody else changed, rather than following the datastore
 * @param nextDueMillis when the earliest failed change is due again, by the clock that was passed in
 * @param nanos time spent per phase
 */
public record Report(
        long cycle,
        Trigger trigger,
        long revision,
        DesiredState desired,
        List<Outcome> outcomes,
        List<Obstacle> obstacles,
        List<PoolReport> pools,
        OptionalInt tunnelMtu,
        List<String> warnings,
        boolean drift,
        OptionalLong nextDueMillis,
        Map<Phase, Long> nanos) {

    public Report {
        outcomes = List.copyOf(outcomes);
        obstacles = List.copyOf(obstacles);
        pools = List.copyOf(pools);
        warnings = List.copyOf(warnings);
        nanos = Map.copyOf(nanos);
    }

    /** Whether it would remove most routes, and waits until etcd has been read a second time. */
    public boolean awaitsConfirmation() {
        return obstacles.stream().anyMatch(obstacle -> obstacle.subject().equals(Brake.SUBJECT));
    }

    /** Whether the kernel holds all that it should. */
    public boolean converged() {
        return obstacles.isEmpty();
    }

    /**
     * A pool's share of the routes.
     *
     * @param desired routes that the pool should have on this node
     * @param failing those of them that are not in the kernel as they should be
     * @param converged no route fails, nor anything that all routes need
     */
    public record PoolReport(String pool, int desired, int failing, boolean converged) {

        /** Routes that are in the kernel as they should be. */
        public int programmed() {
            return desired - failing;
        }
    }

    /** The parts of a cycle. */
    public enum Phase {
        OBSERVE,
        RESOLVE,
        DIFF,
        APPLY
    }
}
