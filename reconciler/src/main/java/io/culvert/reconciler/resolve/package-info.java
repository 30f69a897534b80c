/**
 * Resolves a snapshot into what one node's kernel should hold. Pure: no I/O, no clock, no logger. Knows {@code net}, {@code
 * resource}, {@code desired}, {@code kernel}'s {@link io.culvert.reconciler.kernel.Ruleset} and {@code node}'s {@link
 * io.culvert.reconciler.node.LocalNode}.
 */
@NullMarked
package io.culvert.reconciler.resolve;

import org.jspecify.annotations.NullMarked;
