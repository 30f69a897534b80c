/**
 * How a command finds etcd: flags, environment, calicoctl's configuration file.
 */
@NullMarked
package io.culvert.operator.cli.connect;

import org.jspecify.annotations.NullMarked;
