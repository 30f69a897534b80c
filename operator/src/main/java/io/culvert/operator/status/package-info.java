/**
 * What an agent reports about its node, as a value, as JSON, and under its lease in etcd ({@code
 * /culvert/v1/status/NODE}).
 */
@NullMarked
package io.culvert.operator.status;

import org.jspecify.annotations.NullMarked;
