/**
 * Sysctls below {@code /proc/sys}, and the memory of what they were before Culvert. Knows the reconciler's {@code kernel}
 * and {@code state}.
 */
@NullMarked
package io.culvert.operator.sysctl;

import org.jspecify.annotations.NullMarked;
