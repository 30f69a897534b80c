package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.Outcome;
import java.util.Optional;

/** What kind of failure it is, which decides when the change is tried again. */
public enum FailureClass {
    /** The kernel may well do it next time: again after a back-off, for ever. */
    TRANSIENT,
    /** Something it needs is not there yet: again when links, addresses or next hops change, and at every resync. */
    WAITING,
    /** Something foreign is in its place: never taken over; looked at again in every cycle. */
    CONFLICT,
    /** The agent can never do it as it runs: it ends with one sentence that says what to do. */
    FATAL;

    /**
     * The class of an outcome, or empty when the wish is fulfilled. The change is looked at too, because errno alone lies:
     * what is not there need not be deleted, and an address that is there need not be added.
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
            // What Linux answers to a next hop on a device that has gone meanwhile (6.12, 6.18).
            case Errno.EINVAL -> Optional.of(outcome.change() instanceof Change.AddNextHop ? WAITING : TRANSIENT);
            case Errno.ENETDOWN, Errno.ENETUNREACH, Errno.EHOSTUNREACH -> Optional.of(WAITING);
            default -> Optional.of(TRANSIENT);
        };
    }

    private static boolean deletion(Change change) {
        return change.operation() == Change.Operation.DELETE;
    }
}
