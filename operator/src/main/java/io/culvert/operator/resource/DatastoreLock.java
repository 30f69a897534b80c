package io.culvert.operator.resource;

import io.culvert.operator.calico.ClusterInformationCodec;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;

/**
 * The lock that {@code calicoctl datastore migrate lock} puts on the datastore: {@code spec.datastoreReady: false} in the
 * ClusterInformation {@code default}. Blocks; any thread.
 */
public final class DatastoreLock {

    /** The message while the datastore is locked. */
    public static final String LOCKED =
            "the datastore is locked (ClusterInformation default says datastoreReady: false), so nodes keep their"
                    + " state: they follow no change in etcd and write none until it is true";

    public static final String KEY = Keys.CLUSTER + "default";

    private final EtcdConnection etcd;

    public DatastoreLock(EtcdConnection etcd) {
        this.etcd = etcd;
    }

    /**
     * Whether it is locked. A malformed ClusterInformation does not lock, though agents keep its last good value.
     *
     * @throws DatastoreException if etcd cannot be read
     */
    public boolean isHeld() {
        return etcd.get(KEY)
                .filter(stored ->
                        ClusterInformationCodec.decodeLocked(stored.value()) instanceof Decoded.Valid<Boolean> locked
                                && locked.value())
                .isPresent();
    }
}
