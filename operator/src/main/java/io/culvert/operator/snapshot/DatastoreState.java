package io.culvert.operator.snapshot;

import java.time.Instant;

/**
 * The state of the watch on etcd.
 *
 * @param since the phase's beginning
 * @param detail the failure if it is down, else empty
 */
public record DatastoreState(Phase phase, Instant since, String detail) {

    /** In the order of the metric {@code culvert_datastore_state}, from 0. */
    public enum Phase {
        /** The last attempt failed; the last snapshot stays in force. */
        DOWN,
        /** The first attempt is under way, or a broken watch is being opened again. */
        CONNECTING,
        /** Everything is being read. */
        RESYNC,
        /** A watch is open that continues the last snapshot without a gap. */
        IN_SYNC
    }
}
