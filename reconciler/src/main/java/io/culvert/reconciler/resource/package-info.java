/**
 * Calico's resources as Culvert understands them, and everything of them at one etcd revision: {@link
 * io.culvert.reconciler.resource.Snapshot}. Knows {@code net} only; the operator knows how etcd stores them.
 */
@NullMarked
package io.culvert.reconciler.resource;

import org.jspecify.annotations.NullMarked;
