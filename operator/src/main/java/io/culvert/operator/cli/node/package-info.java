/**
 * Commands that run on a node: {@code agent}, {@code plan}, {@code cleanup}. The only commands that start the agent or write to
 * a kernel.
 */
@NullMarked
package io.culvert.operator.cli.node;

import org.jspecify.annotations.NullMarked;
