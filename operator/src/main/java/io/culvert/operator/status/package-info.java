/**
 * What an agent says of itself to everybody, as a value and as JSON under {@code /culvert/v1/status/NODE}. Knows the
 * reconciler's reports and Jackson; neither etcd nor the agent.
 */
@NullMarked
package io.culvert.operator.status;

import org.jspecify.annotations.NullMarked;
