/**
 * Calico's resources in etcd as {@code get}, {@code apply} and {@code delete} see them: a store with compare-and-swap,
 * a watch, and the datastore's lock.
 */
@NullMarked
package io.culvert.operator.resource;

import org.jspecify.annotations.NullMarked;
