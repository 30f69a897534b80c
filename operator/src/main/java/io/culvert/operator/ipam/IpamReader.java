package io.culvert.operator.ipam;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import java.util.function.Consumer;

/** Reads all that concerns IPAM at one revision. Blocks; any thread. */
public final class IpamReader {

    private final EtcdConnection etcd;

    public IpamReader(EtcdConnection etcd) {
        this.etcd = etcd;
    }

    /**
     * Hands over pools and nodes, and every key below {@link Keys#IPAM}, each kind in the order of its keys.
     *
     * @return the revision they were read at
     * @throws DatastoreException if etcd cannot be asked
     */
    public long read(Consumer<Stored> entries) {
        long revision = etcd.scan(Keys.POOLS, 0, entries);
        etcd.scan(Keys.NODES, revision, entries);
        etcd.scan(Keys.IPAM, revision, entries);
        return revision;
    }
}
