/**
 * The cycle over the kernel ports: the order of the changes, the fast path, retries, the brake, the report. Time comes in as
 * numbers. Knows every other package of this module but {@code ipam} and {@code plan}.
 *
 * <p>It has more files than others, because everything that is kept from one cycle to the next has a class of its own, used by
 * this package alone.
 */
@NullMarked
package io.culvert.reconciler.reconcile;

import org.jspecify.annotations.NullMarked;
