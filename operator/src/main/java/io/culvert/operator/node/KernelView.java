package io.culvert.operator.node;

import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.plan.Observation;
import java.util.Map;
import java.util.Optional;

/**
 * This host's kernel as observed once.
 *
 * @param filter table {@code ip culvert}; empty if it could not be read
 * @param filterFault why it could not, else empty
 * @param pathMtus learned from ICMP, in bytes, by destination
 * @param own the origin marks of our routes and next hops
 */
public record KernelView(
        Observation observation,
        Optional<FilterState> filter,
        String filterFault,
        Map<Address, Integer> pathMtus,
        RouteProtocols own) {

    public KernelView {
        pathMtus = Map.copyOf(pathMtus);
    }
}
