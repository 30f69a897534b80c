/**
 * Calico's label selector language.
 */
@NullMarked
package io.culvert.operator.calico.selector;

import org.jspecify.annotations.NullMarked;
