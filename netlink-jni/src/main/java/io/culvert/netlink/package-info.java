/**
 * The reconciler's kernel port on Linux, and a monitor of changes that others make: netlink through the C shim. Knows
 * {@code io.culvert.reconciler.kernel} and {@code .net} only.
 */
@NullMarked
package io.culvert.netlink;

import org.jspecify.annotations.NullMarked;
