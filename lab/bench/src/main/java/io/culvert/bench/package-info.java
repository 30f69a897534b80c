/**
 * Programs that script/bench runs: Culvert's parts on made-up clusters of any size, and the bare jetcd loops they are held
 * against. Each prints one sample a line. Knows everything; nothing knows it. More than 16 files, because each is a program of its
 * own that a row of script/bench names.
 */
@NullMarked
package io.culvert.bench;

import org.jspecify.annotations.NullMarked;
