/**
 * What a node's kernel should hold, as data: device, routes, ruleset, sysctls, and the difference between two such states. Says
 * nothing about how it was resolved. Knows {@code net} and {@code kernel}'s {@link io.culvert.reconciler.kernel.Ruleset}.
 */
@NullMarked
package io.culvert.reconciler.desired;

import org.jspecify.annotations.NullMarked;
