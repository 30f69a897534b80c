/**
 * The etcd client: calls ({@code EtcdConnection}) through a client that is replaced when it fails ({@code EtcdLink}), watches,
 * failures in words, certificates. jetcd's types do not leave this package. Knows keys and bytes, not what they mean.
 */
@NullMarked
package io.culvert.operator.etcd;

import org.jspecify.annotations.NullMarked;
