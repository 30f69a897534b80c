package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.Optional;

/**
 * Holds back a snapshot that would remove more than half of our routes, until etcd was read a second time and says the same. A
 * datastore that was emptied by mistake, or half restored, cannot be distinguished from one that is meant to be empty. Belongs to the
 * kernel's thread.
 */
final class Brake {

    /** Subject of its obstacle. */
    static final String SUBJECT = "brake";

    private static final long NONE = -1;

    private long heldRevision = NONE;
    private long confirmedRevision = NONE;

    /** Everything up to that revision was read twice. */
    void confirm(long revision) {
        confirmedRevision = Math.max(confirmedRevision, revision);
    }

    /** Why nothing may be removed now; empty if everything may. */
    Optional<Obstacle> obstacle(DesiredRoutes desired, RouteTable actual, RouteProtocols protocols, long revision) {
        int own = 0;
        int swept = 0;
        int next = 0;
        for (int row = 0; row < actual.size(); row++) {
            if (protocols.owns(actual.protocol(row))) {
                while (next < desired.size() && desired.key(next) < actual.key(row)) {
                    next++;
                }
                own++;
                swept += next < desired.size() && desired.key(next) == actual.key(row) ? 0 : 1;
            }
        }
        if (2 * swept <= own) {
            heldRevision = NONE;
            return Optional.empty();
        }
        heldRevision = heldRevision == NONE ? revision : heldRevision;
        return confirmedRevision >= heldRevision ? Optional.empty() : Optional.of(held(swept, own, revision));
    }

    private static Obstacle held(int swept, int own, long revision) {
        return new Obstacle(
                SUBJECT,
                FailureClass.WAITING,
                "revision " + revision + " would remove " + swept + " of " + own
                        + " routes; removing nothing until a second read of etcd confirms it");
    }
}
