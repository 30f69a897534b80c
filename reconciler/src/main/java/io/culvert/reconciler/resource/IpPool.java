package io.culvert.reconciler.resource;

import io.culvert.reconciler.net.Prefix;
import java.util.Set;

/**
 * An IPv4 IPPool ({@code projectcalico.org/v3}) with Calico's defaults applied. A disabled pool assigns no addresses but is
 * still routed. The node selector limits assignment, never routing.
 *
 * @param blockSize prefix length of the pool's blocks, 20 to 32
 * @param nodeSelector which nodes may take addresses from it, in Calico's selector language
 * @param allowedUses what its addresses may be for
 * @param automatic whether addresses are assigned from it without a request for this pool ({@code assignmentMode: Automatic})
 */
public record IpPool(
        String name,
        Prefix cidr,
        EncapsulationMode ipipMode,
        EncapsulationMode vxlanMode,
        boolean natOutgoing,
        boolean disabled,
        int blockSize,
        NodeSelector nodeSelector,
        Set<AllowedUse> allowedUses,
        boolean automatic) {

    public IpPool {
        allowedUses = Set.copyOf(allowedUses);
    }

    /** Whether Culvert routes it: VXLAN pools are left to Calico. */
    public boolean routed() {
        return vxlanMode == EncapsulationMode.NEVER;
    }

    /** Whether nodes need a tunnel device because of it. */
    public boolean tunnelled() {
        return routed() && ipipMode != EncapsulationMode.NEVER;
    }

    /** Whether a node with these labels may take a block of it for workloads. */
    public boolean offersBlocksTo(Node node) {
        return routed()
                && !disabled
                && automatic
                && allowedUses.contains(AllowedUse.WORKLOAD)
                && nodeSelector.matches(node.labels());
    }

    /** Whether a node with these labels may take its tunnel address from it. */
    public boolean offersTunnelAddressTo(Node node) {
        return tunnelled()
                && !disabled
                && allowedUses.contains(AllowedUse.TUNNEL)
                && nodeSelector.matches(node.labels());
    }

    /** {@code spec.allowedUses}. */
    public enum AllowedUse {
        WORKLOAD,
        TUNNEL,
        LOAD_BALANCER
    }
}
