package io.culvert.operator.node;

import io.culvert.reconciler.diff.RouteProtocols;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.reconcile.Look;
import java.util.Optional;

/**
 * This host's kernel at one look.
 *
 * @param filter table {@code ip culvert}; empty if it could not be read
 * @param filterFault why it could not, else empty
 * @param own the origin marks of our routes and next hops
 */
public record KernelView(Look look, Optional<FilterState> filter, String filterFault, RouteProtocols own) {}
