package io.culvert.operator.snapshot;

import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.DatastoreException.Kind;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Everything that snapshots are made of, read at one revision.
 *
 * @param assembler holds what was read; takes the changes after the revision
 */
record FullReading(SnapshotAssembler assembler, long revision) {

    private static final int OLDEST_HISTORY_STEPS = 1000;

    /**
     * Reads. Blocks; any thread.
     *
     * @param known what was known before, called only when etcd has compacted a last good value
     * @throws DatastoreException if etcd does not answer, or compacts the revision away meanwhile
     */
    static FullReading of(EtcdConnection etcd, Supplier<SnapshotAssembler> known) {
        SnapshotAssembler fresh = new SnapshotAssembler();
        long at = 0;
        for (String prefix : fresh.prefixes()) {
            at = etcd.scan(prefix, at, fresh::put);
        }
        for (Stored present : fresh.unsettled()) {
            findEarlier(etcd, present, fresh, known);
        }
        return new FullReading(fresh, at);
    }

    /** Whether a store with these pools has lost its data since: it is behind, and of the pools there were it has none. */
    boolean isLostIn(EtcdConnection.Listing pools) {
        return pools.entries().isEmpty() && pools.revision() < revision && assembler.hasPools();
    }

    /** The failure of a store that has lost its data since. */
    DatastoreException lostIn(EtcdConnection etcd) {
        return new DatastoreException(
                Kind.REFUSED,
                "etcd at " + etcd.config().endpointText() + " has lost its data: its revision is below " + revision
                        + ", which was read before, and it has no pool; restore a backup, or apply the pools again");
    }

    Snapshot snapshot() {
        return assembler.snapshot(revision);
    }

    /** Searches etcd's own history for the last good value; when that is compacted, what was known before. */
    private static void findEarlier(
            EtcdConnection etcd, Stored present, SnapshotAssembler fresh, Supplier<SnapshotAssembler> known) {
        Stored at = present;
        try {
            for (int i = 0; i < OLDEST_HISTORY_STEPS && at.version() > 1; i++) {
                Optional<Stored> earlier = etcd.getAt(at.key(), at.modRevision() - 1);
                if (earlier.isEmpty() || fresh.offerEarlier(earlier.get())) {
                    return;
                }
                at = earlier.get();
            }
        } catch (DatastoreException failure) {
            if (failure.kind() != Kind.COMPACTED) {
                throw failure;
            }
            fresh.inherit(present.key(), known.get());
        }
    }
}
