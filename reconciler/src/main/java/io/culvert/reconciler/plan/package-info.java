/**
 * What a cycle would do, without doing it: for dry runs, {@code culvert plan} and {@code culvert explain}. Reads the kernel
 * through its ports and writes nothing. Knows every other package but {@code ipam} and {@code reconcile}.
 */
@NullMarked
package io.culvert.reconciler.plan;

import org.jspecify.annotations.NullMarked;
