package io.culvert.reconciler.diff;

/**
 * Why something wished for is not in the kernel.
 *
 * @param subject the object, as {@link io.culvert.reconciler.kernel.Change#subject()} names it
 * @param text one sentence: what stands in the way, and what to do where anything can be done
 */
public record Obstacle(String subject, FailureClass failureClass, String text) {

    /** {@code subject: text}. */
    @Override
    public String toString() {
        return subject + ": " + text;
    }
}
