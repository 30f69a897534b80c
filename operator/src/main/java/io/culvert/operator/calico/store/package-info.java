/**
 * Calico's documents as they lie in etcd: keys, codecs of IPAM's documents, and blocks as documents that can be
 * rewritten without losing a field. Pure: takes {@code etcd.Stored} values and asks etcd nothing.
 */
@NullMarked
package io.culvert.operator.calico.store;

import org.jspecify.annotations.NullMarked;
