package io.culvert.reconciler.resource;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.Map;
import java.util.Optional;

/**
 * An IPAM block: a part of a pool that belongs to one node, except for addresses that other nodes borrowed.
 *
 * @param owner the node it is affine to, empty for none
 * @param borrowed addresses that nodes other than the owner hold, each with its holder
 */
public record Block(Prefix cidr, Optional<String> owner, Map<Address, String> borrowed) {

    public Block {
        borrowed = Map.copyOf(borrowed);
    }
}
