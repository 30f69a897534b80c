package io.culvert.operator.cli.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.cli.input.Document;
import java.util.Optional;

/**
 * A write of one document, as planned.
 *
 * @param document as somebody wrote it
 * @param stored what it replaces
 * @param resource as it will be stored, with the {@code metadata.resourceVersion} it replaces
 */
public record PlannedWrite(Document document, Verb verb, Optional<Resource> stored, Resource resource) {

    /** What happens to the resource, as it is reported. */
    public enum Verb {
        CREATED("created"),
        CONFIGURED("configured"),
        REPLACED("replaced"),
        UNCHANGED("unchanged"),
        SKIPPED("skipped: already exists");

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

    /** The same as it was stored in the end, with the metadata that the store added. */
    PlannedWrite writtenAs(ObjectNode content) {
        return new PlannedWrite(document, verb, stored, resource.writtenAs(content));
    }

    /** {@code ippool/blue created}. */
    @Override
    public String toString() {
        return document.title() + " " + verb;
    }
}
