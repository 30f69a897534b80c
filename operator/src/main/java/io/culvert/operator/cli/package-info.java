/**
 * The command {@code culvert}: parsing, the list of subcommands, completion, the manual page. A subcommand is a class
 * in one of the packages below and a line in {@link io.culvert.operator.cli.Subcommand}. It has a public constructor
 * that takes a {@link io.culvert.operator.cli.terminal.Terminal}, or none. It returns an exit code (0 done, 1 failed or
 * differs, 2 bad usage or invalid input) or throws {@link io.culvert.operator.cli.input.Refusal}.
 *
 * <p>A command starts a JVM, so nothing here touches jetcd before it is needed.
 */
@NullMarked
package io.culvert.operator.cli;

import org.jspecify.annotations.NullMarked;
