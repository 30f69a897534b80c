package io.culvert.operator.state;

import java.nio.file.AccessDeniedException;

/**
 * What to do about a file that may not be touched. The agent surprises here: as root it could open any file, if its launcher
 * had not taken that capability (capabilities(7), CAP_DAC_OVERRIDE) from it.
 */
public final class Denied {

    private Denied() {}

    /** The same, with the reason in its message. */
    static AccessDeniedException explained(AccessDeniedException denied) {
        return new AccessDeniedException(denied.getFile(), denied.getOtherFile(), reason());
    }

    /** A part of a sentence. */
    public static String reason() {
        return "user " + System.getProperty("user.name")
                + " may not, and has no capability to overrule file permissions: let that user own it";
    }
}
