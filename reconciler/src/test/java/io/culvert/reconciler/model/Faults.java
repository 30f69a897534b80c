package io.culvert.reconciler.model;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import java.util.Optional;
import java.util.Set;

/** What goes wrong in the kernel without anybody's doing. */
final class Faults {

    /** Errors that say "not now, because of something else", which the agent only tries again when that changes. */
    private static final Set<Integer> WAITING = Set.of(Errno.ENETDOWN, Errno.ENETUNREACH, Errno.ENODEV);

    private int errno;
    private int failing;
    private int skipped;
    private int brokenLooks;
    private int breaksAfter = -1;
    private Optional<String> stuck = Optional.empty();
    private int stuckErrno;
    private boolean lied;

    /** After some more changes that go well, the next ones end with that error. */
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

    /** The next looks are interrupted. */
    void breakLooks(int count) {
        brokenLooks = count;
    }

    /** The next batch of changes breaks off after some, and nobody knows how many. */
    void breakChanges(int after) {
        breaksAfter = after;
    }

    void heal() {
        failing = 0;
        brokenLooks = 0;
        breaksAfter = -1;
        stuck = Optional.empty();
    }

    /** The object whose changes fail for good. */
    Optional<String> stuck() {
        return stuck;
    }

    /** Whether an error was reported that makes the agent wait for an event that will not come; told once. */
    boolean takeLie() {
        boolean told = lied;
        lied = false;
        return told;
    }

    void onLook() {
        if (brokenLooks > 0) {
            brokenLooks--;
            throw new KernelException("the dump never came out whole", Errno.EINTR);
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
