package io.culvert.operator.state;

import java.nio.file.AccessDeniedException;

/**
 * The reason and remedy for a file without permission. It surprises: the agent is root, but its launcher has removed the
 * capability (capabilities(7), CAP_DAC_OVERRIDE) to open any file.
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
                + " has no permission, and no capability to override that: make that user the owner";
    }
}
