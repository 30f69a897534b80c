/**
 * The reconciler's kernel port on Linux, and a monitor of changes that others make: netlink through the C shim. Knows
 * {@code io.culvert.reconciler.kernel} and {@code .net} only.
 *
 * <p>It has more files than others, because each record of the shim has a class of its own, and Java's visibility ends at the
 * package.
 */
@NullMarked
package io.culvert.netlink;

import org.jspecify.annotations.NullMarked;
