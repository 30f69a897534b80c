/**
 * {@code status} and {@code wait}: which nodes converged on what.
 */
@NullMarked
package io.culvert.operator.cli.status;

import org.jspecify.annotations.NullMarked;
