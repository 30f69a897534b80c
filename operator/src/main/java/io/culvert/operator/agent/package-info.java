/**
 * The agent: one node's operator as a Vert.x application. Knows every other package but {@code cli}; only {@code
 * cli.node} knows it, to start it.
 */
@NullMarked
package io.culvert.operator.agent;

import org.jspecify.annotations.NullMarked;
