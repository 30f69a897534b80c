package io.culvert.operator.calico;

import java.util.List;

/**
 * What became of reading a document.
 *
 * @param <T> what it should have been
 */
public sealed interface Decoded<T> {

    /** The document is understood and breaks no rule that concerns it alone. */
    record Valid<T>(T value) implements Decoded<T> {}

    /**
     * The document is not understood, or breaks rules.
     *
     * @param faults all of them, at least one
     */
    record Invalid<T>(List<Fault> faults) implements Decoded<T> {

        public Invalid {
            faults = List.copyOf(faults);
        }
    }

    /**
     * A proper resource of a sort that Culvert leaves alone.
     *
     * @param name {@code metadata.name}
     * @param reason why, as the end of a sentence
     */
    record Unsupported<T>(String name, String reason) implements Decoded<T> {}
}
