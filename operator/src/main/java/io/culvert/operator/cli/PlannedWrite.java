package io.culvert.operator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What writing a document comes to.
 *
 * @param document as somebody wrote it
 * @param content as it will be stored, with the {@code metadata.resourceVersion} it replaces
 */
record PlannedWrite(Document document, Verb verb, ObjectNode content) {

    /** What happens to the resource, as it is reported. */
    enum Verb {
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
