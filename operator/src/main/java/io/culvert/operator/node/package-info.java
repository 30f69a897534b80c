/**
 * This node: its kernel with the reconciler over it, its address, its configuration, its own objects in etcd, and a
 * single reconcile cycle without an agent. Knows neither Vert.x nor the command line.
 */
@NullMarked
package io.culvert.operator.node;

import org.jspecify.annotations.NullMarked;
