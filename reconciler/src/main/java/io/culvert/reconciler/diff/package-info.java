/**
 * What differs between the desired and the actual state of a kernel, and the ordered plan of changes. Pure: no I/O, no
 * clock, no logger.
 */
@NullMarked
package io.culvert.reconciler.diff;

import org.jspecify.annotations.NullMarked;
