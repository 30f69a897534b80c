/**
 * The node that is reconciled: its settings, the devices observed on it, the origin marks of its objects. Knows {@code net},
 * {@code resource} and {@code kernel}.
 */
@NullMarked
package io.culvert.reconciler.node;

import org.jspecify.annotations.NullMarked;
