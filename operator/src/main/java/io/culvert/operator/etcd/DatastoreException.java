package io.culvert.operator.etcd;

/** etcd did not do what it was asked. The message says what was asked, of which endpoint, why it failed and what to do. */
public final class DatastoreException extends RuntimeException {

    /** What stood in the way. */
    public enum Kind {
        /** Not served: nobody listens, the connection broke, there is no leader. */
        UNREACHABLE,
        /** TLS failed: one side does not take the other's certificate. */
        UNTRUSTED,
        /** No answer in time. */
        SILENT,
        /** The user is not known or may not do it. */
        DENIED,
        /** The revision asked for is gone. */
        COMPACTED,
        /** An answer is larger than this client accepts. */
        TOO_LARGE,
        /** Someone else kept changing the same key. */
        CONTENDED,
        /** What is stored or asked for breaks a rule. */
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

    /** Whether the same may succeed later without anybody changing what is asked. */
    public boolean mayPass() {
        return kind == Kind.UNREACHABLE || kind == Kind.UNTRUSTED || kind == Kind.SILENT;
    }
}
