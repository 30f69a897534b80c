package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Decoded.Valid;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import java.util.Optional;

/**
 * A resource's document with what it was decoded to, so that it is decoded once.
 *
 * @param document not to be changed, since it would no longer say what it was decoded to
 */
public record Resource(Kind kind, ObjectNode document, Decoded<?> decoded) {

    /** Decodes a document. */
    public static Resource of(Kind kind, ObjectNode document) {
        return new Resource(kind, document, kind.decode(document));
    }

    /** {@code metadata.name}. */
    public String name() {
        return ResourceHeader.name(document);
    }

    /** {@code ippool/blue}. */
    public String title() {
        return kind.singular() + "/" + name();
    }

    /** The pool, if it is a valid one. */
    public Optional<IpPool> pool() {
        return decoded instanceof Valid<?> valid && valid.value() instanceof IpPool pool
                ? Optional.of(pool)
                : Optional.empty();
    }

    /** The node, if it is a valid one. */
    public Optional<Node> node() {
        return decoded instanceof Valid<?> valid && valid.value() instanceof Node node
                ? Optional.of(node)
                : Optional.empty();
    }

    /** The same resource in another document that decodes to the same, such as one with defaults written out. */
    public Resource writtenAs(ObjectNode other) {
        return new Resource(kind, other, decoded);
    }
}
