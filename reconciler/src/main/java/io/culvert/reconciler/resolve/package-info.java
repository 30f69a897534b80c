/**
 * The pure heart: what this node's kernel should hold, given everything in etcd at one revision. No I/O, no clock, no
 * logger. Knows {@code net}, {@code resource} and {@code kernel}'s {@link io.culvert.reconciler.kernel.Ruleset}.
 */
@NullMarked
package io.culvert.reconciler.resolve;

import org.jspecify.annotations.NullMarked;
