package io.culvert.reconciler.reconcile;

/** What made a cycle run. It never decides what the cycle changes, only what the cycle may leave unobserved. */
public enum Trigger {
    START,
    DATASTORE,
    KERNEL,
    RETRY,
    RESYNC
}
