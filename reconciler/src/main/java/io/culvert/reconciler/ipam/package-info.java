/**
 * The choices of IPAM: which blocks a node claims and what becomes of its tunnel address. Pure; the writes are the operator's.
 * Knows {@code net} and {@code resource}.
 */
@NullMarked
package io.culvert.reconciler.ipam;

import org.jspecify.annotations.NullMarked;
