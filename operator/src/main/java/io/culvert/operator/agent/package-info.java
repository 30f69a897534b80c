/**
 * The agent: one node's operator, put together from etcd, the kernel thread, HTTP and metrics. It knows every other package
 * but {@code cli}; none of them knows it, except {@code cli}, which starts it.
 */
@NullMarked
package io.culvert.operator.agent;

import org.jspecify.annotations.NullMarked;
