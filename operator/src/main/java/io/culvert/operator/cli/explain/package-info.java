/**
 * {@code explain}: where packets to an address go and why, and what a field means. Reads etcd, and this host's kernel through
 * {@code node}.
 */
@NullMarked
package io.culvert.operator.cli.explain;

import org.jspecify.annotations.NullMarked;
