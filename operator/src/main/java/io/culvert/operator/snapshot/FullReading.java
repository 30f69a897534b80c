package io.culvert.operator.snapshot;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.DatastoreException.Kind;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Listing;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.resource.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Everything that snapshots are made of, read at one revision.
 *
 * @param assembler holds what was read; to be led on with what happens after the revision
 */
record FullReading(SnapshotAssembler assembler, long revision) {

    private static final List<String> LISTED =
            List.of(Keys.BLOCKS, Keys.HOSTS, Keys.CLUSTER, Keys.FELIX, Keys.POOLS, Keys.NODES);
    private static final int OLDEST_HISTORY_STEPS = 1000;

    /**
     * Reads. Blocks; any thread.
     *
     * @param known what was known before, asked for only when etcd has forgotten a last good value
     * @throws DatastoreException if etcd does not answer, or compacts the revision away meanwhile
     */
    static FullReading of(EtcdConnection etcd, Supplier<SnapshotAssembler> known) {
        SnapshotAssembler fresh = new SnapshotAssembler();
        long at = 0;
        for (String prefix : LISTED) {
            at = etcd.scan(prefix, at, fresh::put);
        }
        for (Stored present : fresh.unsettled()) {
            findEarlier(etcd, present, fresh, known);
        }
        return new FullReading(fresh, at);
    }

    /** Whether a store with these pools has lost its data since: it is behind, and of the pools there were it has none. */
    boolean isLostIn(Listing pools) {
        return pools.entries().isEmpty() && pools.revision() < revision && assembler.hasPools();
    }

    /** What is said of a store that has lost its data since. */
    DatastoreException lostIn(EtcdConnection etcd) {
        return new DatastoreException(
                Kind.REFUSED,
                "etcd at " + etcd.config().endpointText() + " has lost its data: it is behind revision " + revision
                        + ", where it was, and has no pool any more; restore a backup of it, or apply the pools again");
    }

    Snapshot snapshot() {
        return assembler.snapshot(revision);
    }

    /** Looks in etcd's own history for the last good value; when that is compacted, in what was known before. */
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
