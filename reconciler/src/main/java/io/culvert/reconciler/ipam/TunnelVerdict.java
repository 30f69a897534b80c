package io.culvert.reconciler.ipam;

import java.util.Optional;

/**
 * What becomes of the tunnel address that a node has stored, by what IPAM says about it ({@code
 * node/pkg/allocateip/allocateip.go}).
 */
public enum TunnelVerdict {
    /** It is the node's, and from an eligible pool. */
    KEEP,
    /** It is the node's but from no eligible pool, or nobody's: all that the node holds is given back, and a new one taken. */
    RELEASE_AND_ASSIGN,
    /** It is somebody else's: a new one is taken and nothing given back. */
    ASSIGN,
    /** It is taken without saying by whom, as before Calico 3.8: the node's handle and attributes are put on it. */
    ADOPT;

    private static final String TUNNEL = "ipipTunnelAddress";

    /**
     * What IPAM says about an address.
     *
     * @param taken whether it is taken at all; if not, the rest is empty
     * @param handle the handle it was taken with
     * @param node the attribute {@code node}
     * @param type the attribute {@code type}
     */
    public record Holder(boolean taken, Optional<String> handle, Optional<String> node, Optional<String> type) {

        /** An address that nobody has taken. */
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
