package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.node.NodeAddress;
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
 * @param outcomes of the changes, in order
 * @param obstacles what is desired and not in the kernel, with the reason
 * @param pools one line per routed pool
 * @param address where peers reach this node, as the last complete cycle observed
 * @param tunnelMtu of our tunnel device as observed, in bytes; empty while there is none
 * @param warnings risks that are not failures
 * @param drift whether the changes repaired what others changed, rather than followed the datastore
 * @param nextDueMillis when the next cycle is due if nothing happens, by the clock that was passed in
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
        NodeAddress address,
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

    /** Whether the snapshot would remove most routes and waits for a second read of etcd. */
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
     * @param failing those of them that are not in the kernel as desired
     * @param converged whether no route fails, nor anything that all routes need
     */
    public record PoolReport(String pool, int desired, int failing, boolean converged) {

        /** Routes that are in the kernel as desired. */
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
