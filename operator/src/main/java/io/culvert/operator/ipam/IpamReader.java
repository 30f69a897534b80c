package io.culvert.operator.ipam;

import io.culvert.operator.calico.store.Allocation;
import io.culvert.operator.calico.store.BlockDocument;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads IPAM at one revision. Blocks; any thread. */
public final class IpamReader {

    private final EtcdConnection etcd;

    public IpamReader(EtcdConnection etcd) {
        this.etcd = etcd;
    }

    /**
     * An address of a block, if it is taken.
     *
     * @throws DatastoreException if etcd cannot be read, or the block is not JSON
     */
    public static Optional<Allocation> allocation(EtcdConnection etcd, Prefix block, Address address) {
        return etcd.get(Keys.block(block))
                .flatMap(stored -> BlockDocument.read(block, stored).allocation(address));
    }

    /**
     * Hands over pools and nodes, and every key below {@link Keys#IPAM}, each kind in the order of its keys.
     *
     * @return the revision they were read at
     * @throws DatastoreException if etcd cannot be read
     */
    public long read(Consumer<Stored> entries) {
        long revision = etcd.scan(Keys.POOLS, 0, entries);
        etcd.scan(Keys.NODES, revision, entries);
        etcd.scan(Keys.IPAM, revision, entries);
        return revision;
    }
}
