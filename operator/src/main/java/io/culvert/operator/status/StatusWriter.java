package io.culvert.operator.status;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.etcd.Written;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a node's status in etcd under a lease, so that it ends with its agent. Who has the status has the node's name: another
 * live agent of that name is not overwritten, but reported. Writes only what is new, and again what was lost. Calls block. For
 * one thread. Every call may throw {@link DatastoreException}; the next call repeats what failed.
 */
public final class StatusWriter {

    /** How long a status outlives its agent. */
    public static final Duration TTL = Duration.ofSeconds(30);

    /** How often {@link #refresh} is due. */
    public static final Duration REFRESH = TTL.dividedBy(3);

    private static final int TRIES = 5;
    private static final long ABSENT = 0;

    private final EtcdConnection etcd;
    private final long ttlSeconds;
    private final Instance instance;
    private long lease;
    private long modRevision = ABSENT;
    private boolean held;
    private Optional<NodeStatus> rival = Optional.empty();
    private Optional<String> unguarded = Optional.empty();
    private @Nullable NodeStatus written;
    private @Nullable NodeStatus latest;

    public StatusWriter(EtcdConnection etcd) {
        this(etcd, TTL, Instance.ofThisProcess());
    }

    StatusWriter(EtcdConnection etcd, Duration ttl) {
        this(etcd, ttl, Instance.ofThisProcess());
    }

    StatusWriter(EtcdConnection etcd, Duration ttl, Instance instance) {
        this.etcd = etcd;
        this.ttlSeconds = ttl.toSeconds();
        this.instance = instance;
    }

    /** The status of another live agent that has this node's name, as it was when this one last tried to write. */
    public Optional<NodeStatus> rival() {
        return rival;
    }

    /** Why another agent of this name would not be noticed; empty if it would. */
    public Optional<String> unguarded() {
        return unguarded;
    }

    /** Whether the status in etcd is this agent's, as far as it knows. */
    public boolean holds() {
        return written != null;
    }

    /** Writes the status if it is news, unless another agent has the name; {@link #refresh} tries that again. */
    public void write(NodeStatus status) {
        NodeStatus own = status.by(instance);
        latest = own;
        NodeStatus before = written;
        if (rival.isEmpty() && (before == null || !before.equalsButForTime(own))) {
            put(own);
        }
    }

    /**
     * Keeps the status alive; writes it again if it or its lease is lost. Tries to get the name if another agent had it. Does
     * nothing before the first status.
     */
    public void refresh() {
        NodeStatus status = latest;
        if (status == null) {
            return;
        }
        if (lease != 0 && !etcd.keepLease(lease)) {
            forgetLease();
        }
        if (lease == 0 || written == null || !stands(status)) {
            put(status);
        }
    }

    private boolean stands(NodeStatus status) {
        return unguarded.isPresent()
                || etcd.get(Keys.status(status.node()))
                        .filter(stored -> stored.modRevision() == modRevision)
                        .isPresent();
    }

    /** A lease that is lost is replaced: a proxy may have kept it alive on its own account. */
    private void put(NodeStatus status) {
        written = null;
        long before = lease;
        try {
            putOnce(status);
        } catch (DatastoreException failure) {
            if (failure.kind() != DatastoreException.Kind.REFUSED) {
                throw failure;
            }
            forgetLease();
            if (before == 0) {
                throw failure;
            }
            putOnce(status);
        }
    }

    private void putOnce(NodeStatus status) {
        if (unguarded.isPresent() || !guard(status)) {
            putUnguarded(status);
        }
    }

    /** A role from before 0.2 may write the key and not read it. */
    private boolean guard(NodeStatus status) {
        try {
            putUnlessTaken(status);
            return true;
        } catch (DatastoreException failure) {
            if (failure.kind() != DatastoreException.Kind.DENIED) {
                throw failure;
            }
            unguarded = Optional.of("another agent with the name " + status.node() + " would not be noticed: "
                    + failure.getMessage() + "; its role must be able to read that key (docs/guide.md)");
            return false;
        }
    }

    private void putUnguarded(NodeStatus status) {
        etcd.put(Keys.status(status.node()), status.json(), ownLease());
        written = status;
    }

    private void putUnlessTaken(NodeStatus status) {
        String key = Keys.status(status.node());
        Optional<Stored> found = modRevision == ABSENT ? etcd.get(key) : Optional.empty();
        for (int i = 0; i < TRIES; i++) {
            if (found.isPresent()) {
                rival = StatusReader.status(found.get())
                        .filter(other -> instance.yieldsTo(other, status.address(), held));
                if (rival.isPresent()) {
                    modRevision = ABSENT;
                    return;
                }
                modRevision = found.get().modRevision();
            }
            Written outcome = etcd.put(key, status.json(), ownLease(), modRevision);
            if (outcome instanceof Written.Done done) {
                modRevision = done.revision();
                held = true;
                rival = Optional.empty();
                written = status;
                return;
            }
            found = ((Written.Conflict) outcome).found();
            modRevision = ABSENT;
        }
        throw new DatastoreException(
                DatastoreException.Kind.CONTENDED, "cannot put " + key + ": another client keeps changing it");
    }

    private long ownLease() {
        if (lease == 0) {
            lease = etcd.grantLease(ttlSeconds);
        }
        return lease;
    }

    private void forgetLease() {
        lease = 0;
        written = null;
    }

    /** Removes the status at once, for an agent that ends in good order. */
    public void withdraw() {
        Optional<Long> own = lease == 0 ? Optional.empty() : Optional.of(lease);
        forgetLease();
        latest = null;
        own.ifPresent(etcd::revokeLease);
    }
}
