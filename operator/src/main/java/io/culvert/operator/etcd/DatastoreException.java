package io.culvert.operator.etcd;

/** A call to etcd failed. The message says what failed, at which endpoint, why, and what to do. */
public final class DatastoreException extends RuntimeException {

    /** Why it failed. */
    public enum Kind {
        /** Nobody listens, the connection broke, or there is no leader. */
        UNREACHABLE,
        /** TLS failed: one side does not accept the other's certificate. */
        UNTRUSTED,
        /** No answer in time. */
        SILENT,
        /** The user is unknown or lacks the permission. */
        DENIED,
        /** The requested revision is compacted. */
        COMPACTED,
        /** The requested revision lies ahead of the store: it was restored from a backup, or is another one. */
        NOT_REACHED,
        /** An answer is larger than this client accepts. */
        TOO_LARGE,
        /** etcd's database is full, so it refuses every write. */
        FULL,
        /** Another client kept changing the same key. */
        CONTENDED,
        /** The stored value or the request breaks a rule. */
        REFUSED
    }

    private final Kind kind;

    public DatastoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public DatastoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** Whether what follows a known revision cannot be had, so that everything has to be read again. */
    public boolean isGap() {
        return kind == Kind.COMPACTED || kind == Kind.NOT_REACHED;
    }

    /** Whether the same call may succeed later. */
    public boolean mayPass() {
        return kind == Kind.UNREACHABLE || kind == Kind.UNTRUSTED || kind == Kind.SILENT;
    }
}
