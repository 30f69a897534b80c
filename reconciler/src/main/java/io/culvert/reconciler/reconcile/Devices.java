package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.kernel.Link;
import java.util.Optional;

/**
 * The two devices that routes go through, as just observed.
 *
 * @param tunnel our ipip device, if it is there and up
 * @param underlay the device that carries the node's address
 */
record Devices(Optional<Link> tunnel, Optional<Link> underlay) {}
