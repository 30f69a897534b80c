package io.culvert.operator.ipam.check;

import io.culvert.operator.calico.store.Allocation;
import io.culvert.reconciler.net.Prefix;
import java.util.List;
import java.util.Optional;

/**
 * A block and the addresses of it that are taken.
 *
 * @param key where it is stored
 * @param affinity its owner, as stored: {@code host:NODE}, or something that is no node such as {@code
 *     virtual:load-balancer}; empty for none
 * @param allocations by address
 */
public record IpamBlock(String key, Prefix cidr, Optional<String> affinity, List<Allocation> allocations) {

    private static final String HOST = "host:";

    public IpamBlock {
        allocations = List.copyOf(allocations);
    }

    /** The node it belongs to. */
    public Optional<String> owner() {
        return affinity.filter(text -> text.startsWith(HOST)).map(text -> text.substring(HOST.length()));
    }

    /** How many of its addresses are taken. */
    public int used() {
        return allocations.size();
    }

    /** Whether a node that is not its owner holds that address. */
    public boolean isBorrowed(Allocation allocation) {
        return allocation.node().isPresent() && !allocation.node().equals(owner());
    }
}
