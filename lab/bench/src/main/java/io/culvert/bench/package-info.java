/**
 * Programs that script/bench runs: Culvert's parts on made-up clusters of any size, and the bare jetcd loops they are held
 * against. Each prints one sample a line. Knows everything; nobody knows it.
 */
@NullMarked
package io.culvert.bench;

import org.jspecify.annotations.NullMarked;
