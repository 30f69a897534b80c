package io.culvert.reconciler.kernel;

/** What a kernel event can be about. An event is a hint to observe that table again, never the truth. */
public enum KernelTable {
    LINK,
    ADDRESS,
    ROUTE,
    NEXTHOP,
    /** The netfilter table {@code ip culvert}. */
    RULESET
}
