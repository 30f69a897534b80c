/**
 * From etcd to {@code Snapshot}: the full read, the watch that follows it, the assembly of resources, and the snapshot
 * kept on disk. Creates no threads: its callers lend them.
 */
@NullMarked
package io.culvert.operator.snapshot;

import org.jspecify.annotations.NullMarked;
