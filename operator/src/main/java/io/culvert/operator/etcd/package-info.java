/**
 * etcd as Culvert sees it: the connection, the keys, the watch that turns keys into {@code Snapshot}s, and the writers of
 * resources, nodes, IPAM and status. Every other package meets etcd through this one; jetcd's types do not leave it. May know
 * {@code reconciler}, {@code operator.calico}, {@code operator.status},
 * {@code operator.state}, jetcd, Jackson,
 * Resilience4j, and netty's {@code SslContextBuilder}, which jetcd takes for TLS.
 */
@NullMarked
package io.culvert.operator.etcd;

import org.jspecify.annotations.NullMarked;
