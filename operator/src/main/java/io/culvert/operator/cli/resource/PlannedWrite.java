package io.culvert.operator.cli.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.cli.input.Document;

/**
 * What writing a document comes to.
 *
 * @param document as somebody wrote it
 * @param content as it will be stored, with the {@code metadata.resourceVersion} it replaces
 */
public record PlannedWrite(Document document, Verb verb, ObjectNode content) {

    /** What happens to the resource, as it is reported. */
    public enum Verb {
        CREATED("created"),
        CONFIGURED("configured"),
        REPLACED("replaced"),
        UNCHANGED("unchanged"),
        SKIPPED("skipped, it exists already");

        private final String text;

        Verb(String text) {
            this.text = text;
        }

        /** Whether nothing is written. */
        boolean leavesAsIs() {
            return this == UNCHANGED || this == SKIPPED;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** {@code ippool/blue created}. */
    @Override
    public String toString() {
        return document.title() + " " + verb;
    }
}
