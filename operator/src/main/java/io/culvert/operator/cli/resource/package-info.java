/**
 * {@code apply}, {@code create}, {@code replace}, {@code delete}, {@code get}, {@code validate}. Of the status it only waits for
 * convergence; it knows no kernel.
 */
@NullMarked
package io.culvert.operator.cli.resource;

import org.jspecify.annotations.NullMarked;
