/**
 * The documented fields of each kind, for {@code culvert explain KIND.FIELD}.
 */
@NullMarked
package io.culvert.operator.calico.field;

import org.jspecify.annotations.NullMarked;
