package io.culvert.netlink;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The C shim cannot be used: it is absent, cannot be loaded, or is another version. Trying again does not help. */
public final class NativeLibraryException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    NativeLibraryException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
