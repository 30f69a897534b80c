/**
 * Packet filters through {@code nft} and {@code iptables}: table {@code ip culvert}, written as one {@code nft -f} transaction and
 * read back as JSON; the host's own firewall, and our rules in it. Knows the reconciler's {@code net}, {@code kernel} and
 * {@code firewall}, and Jackson; no other package of the operator.
 */
@NullMarked
package io.culvert.operator.nft;

import org.jspecify.annotations.NullMarked;
