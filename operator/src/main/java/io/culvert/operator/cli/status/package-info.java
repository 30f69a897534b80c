/**
 * {@code status} and {@code wait}: which nodes converged on what. Reads etcd alone, so it works on any host.
 */
@NullMarked
package io.culvert.operator.cli.status;

import org.jspecify.annotations.NullMarked;
