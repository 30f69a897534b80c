package io.culvert.netlink;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The C shim is missing, cannot be loaded, or has another version. A retry does not help. */
public final class NativeLibraryException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    NativeLibraryException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
