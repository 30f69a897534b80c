/**
 * The choices of IPAM: which blocks a node claims, and what it does with its tunnel address. Pure; the operator writes.
 * Knows {@code net} and {@code resource}.
 */
@NullMarked
package io.culvert.reconciler.ipam;

import org.jspecify.annotations.NullMarked;
