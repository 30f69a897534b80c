package io.culvert.operator.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The outcome of a change to a resource. */
public sealed interface ResourceOutcome {

    /**
     * It happened.
     *
     * @param document the resource as it is stored now, with its {@code metadata.resourceVersion}; after a deletion, as it was
     * @param revision the store's revision of the change
     */
    record Changed(ObjectNode document, long revision) implements ResourceOutcome {}

    /**
     * It did not: the resource exists (for a creation) or is not of the version named (for the others).
     *
     * @param found the resource as it is, with its {@code metadata.resourceVersion}
     */
    record Conflict(ObjectNode found) implements ResourceOutcome {}

    /** It did not: there is no such resource. */
    record Missing() implements ResourceOutcome {}
}
