package io.culvert.netlink;

import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;

/**
 * The socket of this process's supervisor, such as systemd, for status messages: {@code AF_UNIX} datagrams, which Java
 * cannot send. Any thread.
 *
 * @param name value of {@code NOTIFY_SOCKET}: a path, or {@code @} and a name in the abstract namespace
 */
public record SupervisorSocket(String name) {

    /**
     * Sends one message without waiting.
     *
     * @param message lines of {@code NAME=VALUE}, see {@code sd_notify(3)}
     * @throws KernelException if it is not delivered, for example because the supervisor does not read
     * @throws NativeLibraryException if the C shim cannot be used
     */
    public void send(String message) {
        NativeLibrary.load();
        int result = NativeNetlink.notify(name, message);
        if (result < 0) {
            throw new KernelException("cannot send to the supervisor at " + name + ": " + Errno.name(-result), -result);
        }
    }
}
