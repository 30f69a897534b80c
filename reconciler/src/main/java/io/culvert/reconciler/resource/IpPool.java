package io.culvert.reconciler.resource;

import io.culvert.reconciler.net.Prefix;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

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
        return offersBlocks() && nodeSelector.matches(node.labels());
    }

    /** Whether nodes that it selects may take blocks of it for workloads. */
    public boolean offersBlocks() {
        return routed() && !disabled && automatic && allowedUses.contains(AllowedUse.WORKLOAD);
    }

    /** A warning if there are pools for workloads and none selects the node. */
    public static Optional<String> unselected(Node node, Collection<IpPool> pools) {
        List<IpPool> offering = pools.stream().filter(IpPool::offersBlocks).toList();
        if (offering.isEmpty() || offering.stream().anyMatch(pool -> pool.offersBlocksTo(node))) {
            return Optional.empty();
        }
        String labels = node.labels().isEmpty() ? "it has no labels" : "its labels are " + new TreeMap<>(node.labels());
        return Optional.of("no pool selects node " + node.name() + " (" + labels
                + "), so its workloads get no addresses: change a pool's nodeSelector, or the labels of the Node");
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
