package io.culvert.reconciler.reconcile;

/** How long to wait before a change that failed transiently is retried. */
@FunctionalInterface
public interface Backoff {

    /** @return milliseconds to wait after the given attempt, counted from 1 */
    long millisAfter(int attempt);
}
