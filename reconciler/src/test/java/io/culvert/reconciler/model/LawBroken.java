package io.culvert.reconciler.model;

/** A law of DESIGN.md does not hold; the message starts with its number. */
final class LawBroken extends AssertionError {

    private static final long serialVersionUID = 1;

    LawBroken(String message) {
        super(message);
    }
}
