package io.culvert.operator.calico.store;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What {@code calicoctl ipam configure} sets.
 *
 * @param strictAffinity whether addresses are never borrowed from other nodes' blocks
 * @param autoAllocateBlocks whether nodes may claim blocks by themselves
 * @param maxBlocksPerHost how many blocks a node may have, 0 for any number
 */
public record IpamConfig(boolean strictAffinity, boolean autoAllocateBlocks, int maxBlocksPerHost) {

    /** What holds while nothing is stored. */
    public static final IpamConfig DEFAULT = new IpamConfig(false, true, 0);

    /** From a stored document; absent fields are false, as Go leaves them out when they are. */
    public static IpamConfig of(ObjectNode document) {
        return new IpamConfig(
                document.path("strict_affinity").asBoolean(),
                document.path("auto_allocate_blocks").asBoolean(),
                document.path("maxBlocksPerHost").asInt());
    }
}
