/**
 * Commands that run on a node: {@code agent}, {@code plan}, {@code cleanup}.
 */
@NullMarked
package io.culvert.operator.cli.node;

import org.jspecify.annotations.NullMarked;
