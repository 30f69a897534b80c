package io.culvert.reconciler.ipam;

import java.util.Optional;

/**
 * What a node does with the tunnel address that it has stored, depending on what IPAM says about it ({@code
 * node/pkg/allocateip/allocateip.go}).
 */
public enum TunnelVerdict {
    /** Keep it: it is the node's, and from an eligible pool. */
    KEEP,
    /** Release all that the node holds and assign a new one: it is the node's but from no eligible pool, or nobody's. */
    RELEASE_AND_ASSIGN,
    /** Assign a new one and release nothing: it is somebody else's. */
    ASSIGN,
    /** Put the node's handle and attributes on it: it was assigned without a holder, as before Calico 3.8. */
    ADOPT;

    private static final String TUNNEL = "ipipTunnelAddress";

    /**
     * What IPAM says about an address.
     *
     * @param taken whether it is assigned at all; if not, the rest is empty
     * @param handle the handle it was assigned with
     * @param node the attribute {@code node}
     * @param type the attribute {@code type}
     */
    public record Holder(boolean taken, Optional<String> handle, Optional<String> node, Optional<String> type) {

        /** A free address. */
        public static final Holder NOBODY = new Holder(false, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * The verdict on a stored address.
     *
     * @param eligible whether the address lies in a pool that offers tunnel addresses to the node
     */
    public static TunnelVerdict on(Holder holder, String node, boolean eligible) {
        if (!holder.taken()) {
            return RELEASE_AND_ASSIGN;
        }
        boolean ours =
                holder.type().equals(Optional.of(TUNNEL)) && holder.node().equals(Optional.of(node));
        if (ours) {
            return eligible ? KEEP : RELEASE_AND_ASSIGN;
        }
        boolean unmarked = holder.handle().isEmpty()
                && holder.node().isEmpty()
                && holder.type().isEmpty();
        return unmarked ? ADOPT : ASSIGN;
    }
}
