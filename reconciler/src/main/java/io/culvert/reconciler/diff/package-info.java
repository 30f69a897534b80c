/**
 * Desired against actual: the changes that are missing, and what stands in their way. Pure: no I/O, no clock, no logger. Knows
 * {@code net}, {@code kernel}, {@code desired} and {@code node}.
 */
@NullMarked
package io.culvert.reconciler.diff;

import org.jspecify.annotations.NullMarked;
