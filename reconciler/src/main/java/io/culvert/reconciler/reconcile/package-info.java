/**
 * From desired and actual to changes: the diffs, the order they are applied in, what becomes of failures. The diffs and the
 * ledger are pure; {@link io.culvert.reconciler.reconcile.Reconciler} is the straight-line cycle over the kernel ports.
 * Time comes in as numbers. Knows every other package of this module and nothing else.
 */
@NullMarked
package io.culvert.reconciler.reconcile;

import org.jspecify.annotations.NullMarked;
