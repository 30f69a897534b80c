/**
 * {@code diff}: what {@code apply} would change, in etcd and on every node.
 */
@NullMarked
package io.culvert.operator.cli.diff;

import org.jspecify.annotations.NullMarked;
