/**
 * The etcd client: connection, failures in words, watches, certificates. jetcd's types do not leave this package. Knows
 * keys and bytes, not what they mean.
 */
@NullMarked
package io.culvert.operator.etcd;

import org.jspecify.annotations.NullMarked;
