package io.culvert.operator.ipam.check;

import java.util.Locale;

/** The rules of a consistent IPAM; each is named after its violation. */
public enum Rule {
    MALFORMED_KEY,
    MALFORMED_VALUE,
    IPAM_CONFIGURATION,
    OVERLAPPING_BLOCKS,
    BLOCK_OUTSIDE_POOLS,
    BLOCK_SIZE,
    OWNER_WITHOUT_AFFINITY,
    AFFINITY_WITHOUT_BLOCK,
    AFFINITY_OF_ANOTHER,
    UNKNOWN_NODE,
    TOO_MANY_BLOCKS,
    ATTRIBUTE_INDEX,
    ORDINALS,
    SEQUENCE_NUMBER,
    HANDLE_COUNT,
    UNUSED_HANDLE,
    MISSING_HANDLE,
    TUNNEL_ADDRESS_NOT_ALLOCATED,
    TUNNEL_ADDRESS_OF_ANOTHER,
    TUNNEL_ADDRESS_LEAKED,
    TUNNEL_ADDRESS_SHARED;

    /** {@code affinity-without-block}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
