package io.culvert.reconciler.kernel;

/** What a kernel event can be about. An event is a hint to look again at that table, never a truth by itself. */
public enum KernelTable {
    LINK,
    ADDRESS,
    ROUTE,
    NEXTHOP,
    /** The netfilter table {@code ip culvert}. */
    RULESET
}
