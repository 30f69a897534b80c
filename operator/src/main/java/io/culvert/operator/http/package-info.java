/**
 * The agent's read-only HTTP: metrics, probes, state. Knows Vert.x and the log; is given functions, so it knows nothing else of
 * the operator.
 */
@NullMarked
package io.culvert.operator.http;

import org.jspecify.annotations.NullMarked;
