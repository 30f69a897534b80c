package io.culvert.reconciler.reconcile;

/** How long to wait before a transient failure is tried again. */
@FunctionalInterface
public interface Backoff {

    /** @return milliseconds to wait after the given attempt, counted from 1 */
    long millisAfter(int attempt);
}
