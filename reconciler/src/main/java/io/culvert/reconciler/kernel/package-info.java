/**
 * The port to the node's kernel: what is observed, which changes can be made, how they end. Implemented by the
 * netlink module (links, next hops, routes) and the operator (packet filter, sysctls), and by a fake with the kernel's
 * semantics in the tests. Knows {@code net} only.
 */
@NullMarked
package io.culvert.reconciler.kernel;

import org.jspecify.annotations.NullMarked;
