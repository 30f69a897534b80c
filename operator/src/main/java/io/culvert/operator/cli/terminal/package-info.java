/**
 * What a command prints on: the terminal, tables, bars, output formats, logging.
 */
@NullMarked
package io.culvert.operator.cli.terminal;

import org.jspecify.annotations.NullMarked;
