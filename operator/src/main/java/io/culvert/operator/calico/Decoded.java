package io.culvert.operator.calico;

import java.util.List;

/**
 * The result of reading a document.
 *
 * @param <T> the decoded value
 */
public sealed interface Decoded<T> {

    /** The document is valid by the rules that concern it alone. */
    record Valid<T>(T value) implements Decoded<T> {}

    /**
     * The document is malformed, or breaks rules.
     *
     * @param faults all of them, at least one
     */
    record Invalid<T>(List<Fault> faults) implements Decoded<T> {

        public Invalid {
            faults = List.copyOf(faults);
        }
    }

    /**
     * A valid resource that Culvert does not support and leaves alone.
     *
     * @param name {@code metadata.name}
     * @param reason why, as the end of a sentence
     */
    record Unsupported<T>(String name, String reason) implements Decoded<T> {}
}
