/**
 * {@code ipam show} and {@code ipam check}.
 */
@NullMarked
package io.culvert.operator.cli.ipam;

import org.jspecify.annotations.NullMarked;
