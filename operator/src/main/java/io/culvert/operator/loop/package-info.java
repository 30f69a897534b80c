/**
 * The one thread that owns the kernel, and the mailbox it lives from. Knows the reconciler; neither etcd nor Vert.x.
 */
@NullMarked
package io.culvert.operator.loop;

import org.jspecify.annotations.NullMarked;
