/**
 * {@code diff}: what {@code apply} would change, in etcd and on every node. Plans writes as {@code apply} does, and reads no
 * kernel.
 */
@NullMarked
package io.culvert.operator.cli.diff;

import org.jspecify.annotations.NullMarked;
