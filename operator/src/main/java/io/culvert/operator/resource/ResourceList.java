package io.culvert.operator.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * All resources of a kind at one revision, in the order of their names.
 *
 * @param documents those that are JSON objects, each with its {@code metadata.resourceVersion}
 * @param malformed one line for each stored value that is not
 */
public record ResourceList(long revision, List<ObjectNode> documents, List<String> malformed) {

    public ResourceList {
        documents = List.copyOf(documents);
        malformed = List.copyOf(malformed);
    }
}
