package io.culvert.reconciler.kernel;

/** The kernel cannot be read or written: a broken socket, a dump that was interrupted too often, a missing tool. */
public final class KernelException extends RuntimeException {

    private final int errno;

    /**
     * @param message what failed, and what to do about it if anything
     * @param errno positive error number as in {@code errno.h}, or 0 when the failure has none
     */
    public KernelException(String message, int errno) {
        super(message);
        this.errno = errno;
    }

    /** @param cause what failed, for failures without an error number */
    public KernelException(String message, Throwable cause) {
        super(message, cause);
        this.errno = 0;
    }

    /** Positive error number as in {@code errno.h}, or 0. */
    public int errno() {
        return errno;
    }
}
