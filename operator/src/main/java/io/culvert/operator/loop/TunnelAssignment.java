package io.culvert.operator.loop;

import io.culvert.reconciler.net.Address;
import java.util.Optional;

/** News from IPAM: the tunnel address it gave to this node, or that it took it back. */
record TunnelAssignment(Optional<Address> address) {}
