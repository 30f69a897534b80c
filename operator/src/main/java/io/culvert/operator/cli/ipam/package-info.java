/**
 * {@code ipam show} and {@code ipam check}. Reads IPAM's keys alone, and writes nothing.
 */
@NullMarked
package io.culvert.operator.cli.ipam;

import org.jspecify.annotations.NullMarked;
