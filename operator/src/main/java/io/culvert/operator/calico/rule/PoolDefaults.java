package io.culvert.operator.calico.rule;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.reconciler.resource.IpPool;

/**
 * Writes the defaults of an IPPool out, as Calico does when it stores one, so that every reader of the datastore sees the
 * same pool. {@code ipipMode} above all: left out it means Always to Culvert and Never to Calico's own tools.
 */
final class PoolDefaults {

    private PoolDefaults() {}

    /**
     * Adds to {@code spec} whatever is missing there. Fields that Calico leaves out when they are false stay out.
     *
     * @param document a valid document; changed in place
     * @param pool what {@link IpPoolCodec} decoded it to
     */
    static void writeOut(ObjectNode document, IpPool pool) {
        ObjectNode spec = document.withObjectProperty("spec");
        putIfAbsent(spec, "vxlanMode", pool.vxlanMode().toString());
        putIfAbsent(spec, "ipipMode", pool.ipipMode().toString());
        if (spec.path("blockSize").asInt() == 0) {
            spec.put("blockSize", pool.blockSize());
        }
        putIfAbsent(spec, "nodeSelector", "all()");
        if (spec.path("allowedUses").isEmpty()) {
            spec.putArray("allowedUses").add("Workload").add("Tunnel");
        }
        putIfAbsent(spec, "assignmentMode", "Automatic");
    }

    private static void putIfAbsent(ObjectNode spec, String field, String value) {
        if (spec.path(field).asText().isEmpty() || spec.path(field).isNull()) {
            spec.put(field, value);
        }
    }
}
