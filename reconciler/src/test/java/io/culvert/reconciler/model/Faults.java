package io.culvert.reconciler.model;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import java.util.Optional;
import java.util.Set;

/** Failures of the kernel itself. */
final class Faults {

    /** Errors because something else is missing. The agent retries only when that changes. */
    private static final Set<Integer> WAITING = Set.of(Errno.ENETDOWN, Errno.ENETUNREACH, Errno.ENODEV);

    private int errno;
    private int failing;
    private int skipped;
    private int brokenObservations;
    private int breaksAfter = -1;
    private Optional<String> stuck = Optional.empty();
    private int stuckErrno;
    private boolean lied;

    /** After some more changes that succeed, the next ones end with that error. */
    void fail(int errno, int skipped, int count) {
        this.errno = errno;
        this.skipped = skipped;
        this.failing = count;
    }

    /** Every change of these objects ends with that error until it is healed. */
    void stick(String subject, int errno) {
        stuck = Optional.of(subject);
        stuckErrno = errno;
    }

    /** The next observations are interrupted. */
    void breakObservations(int count) {
        brokenObservations = count;
    }

    /** The next batch of changes breaks off after some; the agent does not know how many. */
    void breakChanges(int after) {
        breaksAfter = after;
    }

    void heal() {
        failing = 0;
        brokenObservations = 0;
        breaksAfter = -1;
        stuck = Optional.empty();
    }

    /** The object whose changes fail for good. */
    Optional<String> stuck() {
        return stuck;
    }

    /** Whether an error was returned that makes the agent wait for an event that will not come. Resets. */
    boolean takeLie() {
        boolean taken = lied;
        lied = false;
        return taken;
    }

    void onObservation() {
        if (brokenObservations > 0) {
            brokenObservations--;
            throw new KernelException("the dump was interrupted", Errno.EINTR);
        }
    }

    int onChange(Change change) {
        if (breaksAfter >= 0 && breaksAfter-- == 0) {
            throw new KernelException("the socket broke", Errno.ENOBUFS);
        }
        int result = errnoOf(change);
        lied |= WAITING.contains(result);
        return result;
    }

    private int errnoOf(Change change) {
        if (stuck.filter(change.subject()::startsWith).isPresent()) {
            return stuckErrno;
        }
        if (failing == 0) {
            return 0;
        }
        if (skipped > 0) {
            skipped--;
            return 0;
        }
        failing--;
        return errno;
    }
}
