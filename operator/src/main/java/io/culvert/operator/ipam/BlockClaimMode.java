package io.culvert.operator.ipam;

/** Who claims blocks for a node: {@code --block-claims}. */
public enum BlockClaimMode {
    /** The agent, one for each pool that offers blocks to the node. */
    AUTO,
    /** Another IPAM; the agent takes the tunnel address from the blocks it finds. */
    OBSERVE
}
