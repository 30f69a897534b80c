/**
 * The command {@code culvert}: one class per subcommand, and what they share. May know every package of the operator but
 * {@code loop}, {@code http} and {@code metrics}; nothing but {@code Main} and the subcommands of the agent may know it.
 *
 * <p>A subcommand is added to the list {@link io.culvert.operator.cli.Subcommand}. It has a constructor that takes a
 * {@link io.culvert.operator.cli.Terminal}, or none; it reads and writes through the terminal, returns an exit code (0 done,
 * 1 failed or differs, 2 bad usage or input) and throws {@link io.culvert.operator.cli.Refusal} to end with messages.
 *
 * <p>Starting a JVM per command is slow enough: nothing here touches jetcd before it is needed.
 */
@NullMarked
package io.culvert.operator.cli;

import org.jspecify.annotations.NullMarked;
