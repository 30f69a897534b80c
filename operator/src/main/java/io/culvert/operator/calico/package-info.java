/**
 * Calico's resources as JSON documents: reading them into {@code reconciler.resource}, with every rule that concerns a single
 * document. Pure functions over text and trees; knows {@code reconciler} and Jackson, and neither etcd nor the command line.
 */
@NullMarked
package io.culvert.operator.calico;

import org.jspecify.annotations.NullMarked;
