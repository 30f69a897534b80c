package io.culvert.operator.etcd;

import io.culvert.operator.status.NodeStatus;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a node's status in etcd under a lease, so that it goes when the agent goes: written when it says something else, the
 * lease extended in between, everything again when the lease was lost. Calls block; belongs to one thread. Every call may
 * throw {@link DatastoreException}.
 */
public final class StatusWriter {

    /** An agent that was silent for so long counts as down. */
    public static final long LEASE_SECONDS = 30;

    private final EtcdConnection etcd;
    private final String key;
    private long lease;
    private long keptNanos;
    private @Nullable NodeStatus written;

    public StatusWriter(EtcdConnection etcd, String node) {
        this.etcd = etcd;
        this.key = Keys.status(node);
    }

    /** Makes etcd say this; sends nothing if it says so already. */
    public void write(NodeStatus status) {
        if (written != null && written.saysTheSameAs(status)) {
            return;
        }
        if (lease == 0) {
            lease = etcd.grantLease(LEASE_SECONDS);
            keptNanos = System.nanoTime();
        }
        etcd.put(key, status.json(), lease);
        written = status;
    }

    /** Extends the lease when a third of it is over; to be called several times within {@link #LEASE_SECONDS}. */
    public void keep() {
        if (lease == 0 || System.nanoTime() - keptNanos < TimeUnit.SECONDS.toNanos(LEASE_SECONDS) / 3) {
            return;
        }
        if (etcd.keepLease(lease)) {
            keptNanos = System.nanoTime();
        } else {
            NodeStatus lost = written;
            lease = 0;
            written = null;
            if (lost != null) {
                write(lost);
            }
        }
    }

    /** Takes the status back: the agent ends. */
    public void revoke() {
        if (lease != 0) {
            etcd.revokeLease(lease);
            lease = 0;
            written = null;
        }
    }
}
