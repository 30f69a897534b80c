/**
 * What the agent says of itself: what it knows at one moment, as the answers to {@code /readyz} and {@code /state}. Pure but for what
 * {@code /state} reads of the kernel.
 */
@NullMarked
package io.culvert.operator.report;

import org.jspecify.annotations.NullMarked;
