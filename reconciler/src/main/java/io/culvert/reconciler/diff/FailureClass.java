package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.Outcome;
import java.util.Optional;

/** The class of a failure decides when the change is retried. */
public enum FailureClass {
    /** The kernel may accept it next time: retried after a back-off, for ever. */
    TRANSIENT,
    /** Something it needs is missing: retried when links, addresses, next hops or routes change, and at every resync. */
    WAITING,
    /** A foreign object is in its place: never taken over; checked again in every cycle. */
    CONFLICT,
    /** The agent lacks a permission: it exits with one sentence that says what to do. */
    FATAL;

    /**
     * The class of an outcome, or empty when the kernel is as desired. Errno alone is not enough: a missing object need not be
     * deleted, and an address that exists need not be added.
     */
    public static Optional<FailureClass> of(Outcome outcome) {
        return switch (outcome.errno()) {
            case 0 -> Optional.empty();
            case Errno.EPERM, Errno.EACCES -> Optional.of(FATAL);
            case Errno.ESRCH, Errno.ENOENT, Errno.EADDRNOTAVAIL ->
                deletion(outcome.change()) ? Optional.empty() : Optional.of(WAITING);
            case Errno.ENODEV ->
                outcome.change() instanceof Change.DeleteLink ? Optional.empty() : Optional.of(WAITING);
            case Errno.EEXIST ->
                outcome.change() instanceof Change.AddAddress ? Optional.empty() : Optional.of(TRANSIENT);
            // What Linux answers to a next hop on a device that was deleted meanwhile (6.12, 6.18).
            case Errno.EINVAL -> Optional.of(outcome.change() instanceof Change.AddNextHop ? WAITING : TRANSIENT);
            case Errno.ENETDOWN, Errno.ENETUNREACH, Errno.EHOSTUNREACH -> Optional.of(WAITING);
            default -> Optional.of(TRANSIENT);
        };
    }

    private static boolean deletion(Change change) {
        return change.operation() == Change.Operation.DELETE;
    }
}
