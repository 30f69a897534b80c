/**
 * What Prometheus scrapes. Every collector lives in a registry that is passed in; none is static. Knows the reconciler and
 * the collector libraries; no other package of the operator.
 */
@NullMarked
package io.culvert.operator.metrics;

import org.jspecify.annotations.NullMarked;
