/**
 * {@code explain}: where packets to an address go and why, and what a field means.
 */
@NullMarked
package io.culvert.operator.cli.explain;

import org.jspecify.annotations.NullMarked;
