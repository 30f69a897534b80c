/**
 * Calico's resources as Culvert understands them, and everything of them at one etcd revision: {@link
 * io.culvert.reconciler.resource.Snapshot}. Knows {@code net} only; how they are written in etcd is the operator's.
 */
@NullMarked
package io.culvert.reconciler.resource;

import org.jspecify.annotations.NullMarked;
