package io.culvert.reconciler.diff;

/**
 * Why something desired is not in the kernel.
 *
 * @param subject the object, as {@link io.culvert.reconciler.kernel.Change#subject()} names it
 * @param text what is wrong, why, and what to do about it if anything
 */
public record Obstacle(String subject, FailureClass failureClass, String text) {

    /** {@code subject: text}. */
    @Override
    public String toString() {
        return subject + ": " + text;
    }
}
