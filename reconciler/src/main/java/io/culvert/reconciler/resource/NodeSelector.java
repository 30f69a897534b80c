package io.culvert.reconciler.resource;

import java.util.Map;

/** A label selector over nodes in Calico's language. */
@FunctionalInterface
public interface NodeSelector {

    /** {@code all()}: the default. */
    NodeSelector ALL = labels -> true;

    /** Whether a node with these labels is selected. Pure. */
    boolean matches(Map<String, String> labels);
}
