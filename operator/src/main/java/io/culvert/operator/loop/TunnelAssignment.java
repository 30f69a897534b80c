package io.culvert.operator.loop;

import io.culvert.reconciler.net.Address;
import java.util.Optional;

/** News from IPAM: the tunnel address it assigned to this node, or that it released it. */
public record TunnelAssignment(Optional<Address> address) {}
