/** The program: {@link io.culvert.operator.Main} hands over to {@code cli}, which knows the rest. */
@NullMarked
package io.culvert.operator;

import org.jspecify.annotations.NullMarked;
