package io.culvert.reconciler.reconcile;

/** The agent cannot succeed as it was started. The message is one sentence that says what to do. */
public final class FatalException extends RuntimeException {

    public FatalException(String message) {
        super(message);
    }
}
