package io.culvert.reconciler.kernel;

/**
 * How one change ended.
 *
 * @param errno 0 when the kernel acknowledged it, else the positive error number
 * @param text the kernel's extended acknowledgement ({@code NLMSGERR_ATTR_MSG}); empty if there is none
 */
public record Outcome(Change change, int errno, String text) {

    public static Outcome done(Change change) {
        return new Outcome(change, 0, "");
    }

    public boolean succeeded() {
        return errno == 0;
    }
}
