package io.culvert.operator.status;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a node's status in etcd under a lease, so that it ends with its agent. Writes only what is new. Calls block.
 * For one thread. Every call may throw {@link DatastoreException}; the next call repeats what failed.
 */
public final class StatusWriter {

    /** How long a status outlives its agent. */
    public static final Duration TTL = Duration.ofSeconds(30);

    /** How often {@link #refresh} is due. */
    public static final Duration REFRESH = TTL.dividedBy(3);

    private final EtcdConnection etcd;
    private final long ttlSeconds;
    private long lease;
    private @Nullable NodeStatus written;
    private @Nullable NodeStatus latest;

    public StatusWriter(EtcdConnection etcd) {
        this(etcd, TTL);
    }

    StatusWriter(EtcdConnection etcd, Duration ttl) {
        this.etcd = etcd;
        this.ttlSeconds = ttl.toSeconds();
    }

    /** Writes the status if it is news. */
    public void write(NodeStatus status) {
        latest = status;
        NodeStatus before = written;
        if (before == null || !before.equalsButForTime(status)) {
            put(status);
        }
    }

    /** Keeps the status alive; writes it again under a new lease if the old one is lost. Does nothing before the first one. */
    public void refresh() {
        NodeStatus status = latest;
        if (status == null) {
            return;
        }
        if (lease == 0 || !etcd.keepLease(lease)) {
            forgetLease();
            put(status);
        } else if (written == null) {
            put(status);
        }
    }

    private void put(NodeStatus status) {
        written = null;
        if (lease == 0) {
            lease = etcd.grantLease(ttlSeconds);
        }
        try {
            etcd.put(Keys.status(status.node()), status.json(), lease);
        } catch (DatastoreException failure) {
            if (failure.kind() == DatastoreException.Kind.REFUSED) {
                forgetLease();
            }
            throw failure;
        }
        written = status;
    }

    private void forgetLease() {
        lease = 0;
        written = null;
    }

    /** Removes the status at once, for an agent that ends in good order. */
    public void withdraw() {
        Optional<Long> held = lease == 0 ? Optional.empty() : Optional.of(lease);
        forgetLease();
        latest = null;
        held.ifPresent(etcd::revokeLease);
    }
}
