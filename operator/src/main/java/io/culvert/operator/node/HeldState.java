package io.culvert.operator.node;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.List;

/**
 * What the kernel holds at one moment, own and foreign, beside what the agent knows already.
 *
 * @param protocols by which own objects are recognized
 * @param plan what a cycle would change
 */
public record HeldState(LinkState links, FibState fib, RouteProtocols protocols, List<Change> plan) {}
