package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Address;
import java.util.Optional;

/**
 * One hop of a default route: a way out of the node.
 *
 * @param gateway empty if the device itself is the way, or the gateway is an IPv6 one
 * @param device interface index
 * @param source the preferred source of the route ({@code RTA_PREFSRC})
 */
public record DefaultPath(Optional<Address> gateway, int device, Optional<Address> source) {}
