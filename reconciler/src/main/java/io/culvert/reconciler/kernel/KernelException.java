package io.culvert.reconciler.kernel;

/** The kernel could not be asked: a broken socket, a dump that never came out whole, a missing tool. */
public final class KernelException extends RuntimeException {

    private final int errno;

    /**
     * @param message what was asked, and what to do about the failure if anything can be done
     * @param errno positive error number as in {@code errno.h}, or 0 when the failure has none
     */
    public KernelException(String message, int errno) {
        super(message);
        this.errno = errno;
    }

    /** @param cause what made the asking fail, for failures without an error number */
    public KernelException(String message, Throwable cause) {
        super(message, cause);
        this.errno = 0;
    }

    /** Positive error number as in {@code errno.h}, or 0. */
    public int errno() {
        return errno;
    }
}
