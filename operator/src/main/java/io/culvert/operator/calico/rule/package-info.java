/**
 * Rules for documents that somebody writes: checks of a file, defaults, rewriting that keeps unknown fields, conflicts
 * between pools. Pure.
 */
@NullMarked
package io.culvert.operator.calico.rule;

import org.jspecify.annotations.NullMarked;
