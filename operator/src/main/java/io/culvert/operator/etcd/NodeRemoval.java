package io.culvert.operator.etcd;

/**
 * Deletes a node the way Calico does: its tunnel address and its claims on blocks are released (empty blocks go, the others
 * stay without an owner), then the Node goes. Interrupted anywhere, it may be run again.
 */
public final class NodeRemoval {

    private final ResourceStore resources;
    private final BlockClaims claims;
    private final AddressClaims addresses;

    public NodeRemoval(EtcdConnection etcd) {
        this.resources = new ResourceStore(etcd);
        this.claims = new BlockClaims(etcd);
        this.addresses = new AddressClaims(etcd);
    }

    /**
     * @return Changed with the node as it was, or Missing; what it held in IPAM is released in either case
     * @throws DatastoreException if etcd fails, or a stored document is malformed
     */
    public ResourceOutcome delete(String name) {
        addresses.release(AddressClaims.tunnelHandle(name));
        claims.releaseAllOf(name);
        return resources.delete("nodes", name);
    }
}
