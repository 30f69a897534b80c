/**
 * What a command reads: documents, files, arguments, option values, and the refusal of bad ones. Knows no datastore: files are
 * checked without one.
 */
@NullMarked
package io.culvert.operator.cli.input;

import org.jspecify.annotations.NullMarked;
