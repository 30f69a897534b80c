package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.Optional;

/**
 * Holds back a snapshot that would sweep more than half of our routes, until etcd has been read a second time and still says so: a
 * datastore that was emptied by mistake, or half restored, looks just like a wish for emptiness. Belongs to the kernel's thread.
 */
final class Brake {

    /** What its obstacle is about. */
    static final String SUBJECT = "brake";

    private static final long NONE = -1;

    private long heldRevision = NONE;
    private long confirmedRevision = NONE;

    /** Everything up to that revision has been read twice. */
    void confirm(long revision) {
        confirmedRevision = Math.max(confirmedRevision, revision);
    }

    /** Why nothing is to be removed now; empty if there is no reason. */
    Optional<Obstacle> holds(DesiredRoutes desired, RouteTable actual, RouteProtocols protocols, long revision) {
        int own = 0;
        int swept = 0;
        int wanted = 0;
        for (int row = 0; row < actual.size(); row++) {
            if (protocols.owns(actual.protocol(row))) {
                while (wanted < desired.size() && desired.key(wanted) < actual.key(row)) {
                    wanted++;
                }
                own++;
                swept += wanted < desired.size() && desired.key(wanted) == actual.key(row) ? 0 : 1;
            }
        }
        if (2 * swept <= own) {
            heldRevision = NONE;
            return Optional.empty();
        }
        heldRevision = heldRevision == NONE ? revision : heldRevision;
        return confirmedRevision >= heldRevision ? Optional.empty() : Optional.of(obstacle(swept, own, revision));
    }

    private static Obstacle obstacle(int swept, int own, long revision) {
        return new Obstacle(
                SUBJECT,
                FailureClass.WAITING,
                "revision " + revision + " would remove " + swept + " of " + own
                        + " routes; nothing is removed until etcd has been read a second time and says the same");
    }
}
