package io.culvert.reconciler.kernel;

/** What a kernel event can be about. An event is a hint to observe that table again, never the truth. */
public enum KernelTable {
    LINK,
    ADDRESS,
    ROUTE,
    NEXTHOP,
    /** The netfilter table {@code ip culvert}. */
    RULESET,
    /** Which chains of others netfilter runs, what they do by default, and our rules in them. */
    FIREWALL,
    /** Rules of others: many on a busy host, and few that concern us. */
    FOREIGN_RULE
}
