/**
 * When the kernel's worker runs a cycle: the inbox where the latest wins, and the schedule of resyncs and retries. Knows the
 * reconciler; neither etcd nor Vert.x.
 */
@NullMarked
package io.culvert.operator.loop;

import org.jspecify.annotations.NullMarked;
