/**
 * {@code apply}, {@code create}, {@code replace}, {@code delete}, {@code get}, {@code validate}.
 */
@NullMarked
package io.culvert.operator.cli.resource;

import org.jspecify.annotations.NullMarked;
