/**
 * Table {@code ip culvert}: written as one {@code nft -f} transaction, read back as JSON. Knows the reconciler's {@code net}
 * and {@code kernel}, and Jackson; no other package of the operator.
 */
@NullMarked
package io.culvert.operator.nft;

import org.jspecify.annotations.NullMarked;
