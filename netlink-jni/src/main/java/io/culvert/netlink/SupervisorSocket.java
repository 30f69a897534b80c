package io.culvert.netlink;

import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;

/**
 * Where the supervisor of this process, such as systemd, hears how it is: a datagram socket of {@code AF_UNIX}, which Java
 * cannot send to. Any thread.
 *
 * @param name a path, or {@code @} and a name of the abstract namespace: what {@code NOTIFY_SOCKET} holds
 */
public record SupervisorSocket(String name) {

    /**
     * Sends one message and waits for nobody.
     *
     * @param message lines of {@code NAME=VALUE}, as {@code sd_notify(3)} lists them
     * @throws KernelException if it is not delivered, as when the supervisor does not read
     * @throws NativeLibraryException if the C shim cannot be used
     */
    public void send(String message) {
        NativeLibrary.load();
        int result = NativeNetlink.notify(name, message);
        if (result < 0) {
            throw new KernelException("cannot tell the supervisor at " + name + ": " + Errno.name(-result), -result);
        }
    }
}
