package io.culvert.reconciler.reconcile;

/** The agent can never succeed as it runs. The message is one sentence that says what to do. */
public final class FatalException extends RuntimeException {

    public FatalException(String message) {
        super(message);
    }
}
