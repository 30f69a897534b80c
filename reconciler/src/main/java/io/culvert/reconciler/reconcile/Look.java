package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.resolve.LocalNode;

/**
 * A node's kernel at one look, for people who ask.
 *
 * @param local the node as the resolver needs it, with MTU and gateways as just observed
 */
public record Look(LocalNode local, LinkState links, FibState fib) {}
