/**
 * How a command finds etcd: flags, environment, calicoctl's configuration file. Opens connections and sends nothing over them.
 */
@NullMarked
package io.culvert.operator.cli.connect;

import org.jspecify.annotations.NullMarked;
