/**
 * How verticles that block run: in turns, each on a pool of one thread. Knows Vert.x and nothing of the operator.
 */
@NullMarked
package io.culvert.operator.worker;

import org.jspecify.annotations.NullMarked;
