package io.culvert.reconciler.reconcile;

/** What made a cycle run. It never decides what the cycle does, only how much may be left unobserved. */
public enum Trigger {
    START,
    DATASTORE,
    KERNEL,
    RETRY,
    RESYNC
}
