package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.InterfaceAddress;

/** The rule that decides whether two nodes are in one subnet. */
public final class Subnets {

    private Subnets() {}

    /**
     * Whether each node's prefix contains the other's address. Symmetric, so that both ends of a pair decide alike even if
     * their prefix lengths differ. In doubt the answer is no, and traffic is tunnelled.
     */
    public static boolean same(InterfaceAddress a, InterfaceAddress b) {
        return a.prefix().contains(b.address()) && b.prefix().contains(a.address());
    }
}
