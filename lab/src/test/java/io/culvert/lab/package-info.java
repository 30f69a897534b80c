/**
 * End-to-end tests: three nodes, a real etcd, real kernels, and the distribution as a user gets it. They know Culvert only from outside
 * (its command, its HTTP ports, etcd, the kernel), and run inside the lab alone: {@code lab/bin/lab-test}.
 */
@NullMarked
package io.culvert.lab;

import org.jspecify.annotations.NullMarked;
