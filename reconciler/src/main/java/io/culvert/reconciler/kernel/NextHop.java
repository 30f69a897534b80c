package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Address;
import java.util.Optional;

/**
 * A next-hop object ({@code RTM_NEWNEXTHOP}, {@code linux/nexthop.h}; kernel 5.3 or newer). Ids are shared by all users of
 * the namespace.
 *
 * @param id unsigned, positive
 * @param gateway empty for groups, blackholes, IPv6 gateways and bare devices, none of which are ever ours
 * @param device interface index, 0 for groups and blackholes
 * @param onlink whether the gateway need not be in a connected prefix ({@code RTNH_F_ONLINK})
 * @param protocol origin mark ({@code nh_protocol})
 */
public record NextHop(int id, Optional<Address> gateway, int device, boolean onlink, int protocol) {}
