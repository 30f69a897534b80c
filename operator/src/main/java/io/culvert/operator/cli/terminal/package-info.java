/**
 * What a command prints on: the terminal, tables, bars, JSON, output formats, logging. Knows no datastore and no kernel, so that
 * every command can use it.
 */
@NullMarked
package io.culvert.operator.cli.terminal;

import org.jspecify.annotations.NullMarked;
