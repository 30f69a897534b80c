package io.culvert.operator.snapshot;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.reconciler.resource.Snapshot;

/** Reads one snapshot, as the agent reads its first. Blocks; any thread. */
public final class SnapshotReader {

    private static final int ATTEMPTS = 3;

    private SnapshotReader() {}

    /** @throws DatastoreException if etcd does not answer */
    public static Snapshot read(EtcdConnection etcd) {
        return reading(etcd).snapshot();
    }

    /**
     * Reads, unless the store has lost the data that an agent has kept: that is nobody's intent.
     *
     * @throws DatastoreException if it has, or etcd does not answer
     */
    public static Snapshot read(EtcdConnection etcd, KeptSnapshot kept) {
        EtcdConnection.Listing pools = etcd.list(Keys.POOLS);
        if (pools.entries().isEmpty()) {
            kept.recall().filter(known -> known.isLostIn(pools)).ifPresent(known -> {
                throw known.lostIn(etcd);
            });
        }
        return read(etcd);
    }

    /** A store that is compacted while it is read is read again. */
    static FullReading reading(EtcdConnection etcd) {
        for (int attempt = 1; ; attempt++) {
            try {
                return FullReading.of(etcd, SnapshotAssembler::new);
            } catch (DatastoreException failure) {
                if (!failure.isGap() || attempt == ATTEMPTS) {
                    throw failure;
                }
            }
        }
    }
}
