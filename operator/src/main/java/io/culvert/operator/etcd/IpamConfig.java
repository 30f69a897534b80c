package io.culvert.operator.etcd;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What {@code calicoctl ipam configure} sets.
 *
 * @param strictAffinity whether addresses are never borrowed from other nodes' blocks
 * @param autoAllocateBlocks whether nodes may claim blocks by themselves
 * @param maxBlocksPerHost how many blocks a node may have, 0 for any number
 */
record IpamConfig(boolean strictAffinity, boolean autoAllocateBlocks, int maxBlocksPerHost) {

    /** As it is stored; absent fields are false, an absent key means the defaults. */
    static IpamConfig read(EtcdConnection etcd) {
        return etcd.get(Keys.IPAM_CONFIG).map(Json::read).map(IpamConfig::of).orElse(new IpamConfig(false, true, 0));
    }

    private static IpamConfig of(ObjectNode document) {
        return new IpamConfig(
                document.path("strict_affinity").asBoolean(),
                document.path("auto_allocate_blocks").asBoolean(),
                document.path("maxBlocksPerHost").asInt());
    }
}
