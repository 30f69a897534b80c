package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Prefix;
import java.util.Collection;
import java.util.List;

/**
 * Links, next hops and routes of one network namespace: main table, IPv4.
 *
 * <p>The contract, which the fake and Linux pass alike:
 *
 * <ul>
 *   <li>Every {@code observe} reads everything again; nothing is cached between calls.
 *   <li>{@link #apply} makes the changes in order and continues after a failed one. It returns one outcome per change,
 *       in the same order.
 *   <li>An {@link Change.AddRoute} never replaces anything: an existing route with the same prefix and metric, own or foreign, gives
 *       {@link Errno#EEXIST}. A {@link Change.DeleteRoute} removes only routes of our protocol: otherwise
 *       {@link Errno#ESRCH}.
 *   <li>Deleting a next hop or setting its device down removes the routes that use it, without an event per route.
 * </ul>
 *
 * <p>All methods block and belong to the one thread that owns the kernel.
 */
public interface Kernel {

    /**
     * All links of the namespace with their IPv4 addresses.
     *
     * @throws KernelException if the kernel cannot be read
     */
    LinkState observeLinks();

    /**
     * All next-hop objects of the namespace and all IPv4 routes of the main table, own and foreign.
     *
     * @throws KernelException if the kernel cannot be read
     */
    FibState observeFib();

    /**
     * Makes the changes in order. Changes of the packet filter and of sysctls have ports of their own.
     *
     * @throws KernelException if the kernel cannot be reached; how many changes it made is then unknown
     */
    List<Outcome> apply(List<Change> changes);

    /**
     * Deletes from connection tracking each flow whose first packet came from one of the sources, whose source is not translated,
     * and whose other end is in none of the kept prefixes. Its next packet begins a new one, by the rules of today.
     *
     * @return how many
     * @throws KernelException if that fails; with {@link Errno#EOPNOTSUPP} if this kernel cannot do it
     */
    int forgetFlows(Collection<Prefix> sources, Collection<Prefix> kept);
}
