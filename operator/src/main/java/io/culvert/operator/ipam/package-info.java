/**
 * Writers of Calico's IPAM: claims of blocks and addresses, registration and removal of a node, removal of a pool.
 * Every write is a compare-and-swap.
 */
@NullMarked
package io.culvert.operator.ipam;

import org.jspecify.annotations.NullMarked;
