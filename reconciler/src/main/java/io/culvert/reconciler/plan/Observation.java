package io.culvert.reconciler.plan;

import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.node.LocalNode;

/**
 * A node's kernel as observed once, for people who ask.
 *
 * @param local the node as the resolver needs it, with MTU and gateways as just observed
 */
public record Observation(LocalNode local, LinkState links, FibState fib) {}
