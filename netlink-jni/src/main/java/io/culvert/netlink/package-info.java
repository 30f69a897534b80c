/**
 * Linux behind the reconciler's kernel port, and the news of what others do to it: netlink by way of the C shim. Knows
 * {@code io.culvert.reconciler.kernel} and {@code .net}, and nobody else.
 */
@NullMarked
package io.culvert.netlink;

import org.jspecify.annotations.NullMarked;
