package io.culvert.reconciler.kernel;

import java.util.OptionalInt;

/**
 * Numeric sysctls of one network namespace, named as below {@code /proc/sys} with slashes, for example
 * {@code net/ipv4/ip_forward}. Methods block and belong to the thread that owns the kernel.
 */
public interface Sysctls {

    /** The value, or empty when the kernel has no such sysctl, for example because the device does not exist. */
    OptionalInt read(String name);

    Outcome apply(Change.SetSysctl change);
}
