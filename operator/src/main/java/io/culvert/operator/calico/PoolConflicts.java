package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The rules that a pool may break only together with what is stored already. */
public final class PoolConflicts {

    private PoolConflicts() {}

    /**
     * Overlaps of a pool that is to be created with others, disabled ones too. Others that are not understood count by their
     * {@code spec.cidr} alone.
     */
    public static List<Fault> overlaps(ObjectNode created, Collection<ObjectNode> others) {
        Optional<Prefix> cidr = cidr(created);
        List<Fault> faults = new ArrayList<>();
        for (ObjectNode other : others) {
            Optional<Prefix> taken = cidr(other);
            if (cidr.isPresent() && taken.isPresent() && cidr.get().overlaps(taken.get())) {
                faults.add(overlap(created, other, taken.get()));
            }
        }
        return faults;
    }

    private static Fault overlap(ObjectNode created, ObjectNode other, Prefix taken) {
        String name = name(other);
        String rule =
                "pool " + name(created) + " would overlap pool " + name + " (" + taken + "): to change that pool, "
                        + "for example its ipipMode, apply a document with its name " + name
                        + "; to replace it, delete it first with 'culvert delete ippool " + name + "'";
        return Fault.at("spec.cidr", created.path("spec").path("cidr"), rule);
    }

    /** Changes of fields that stay as they are for a pool's life. */
    public static List<Fault> immutable(ObjectNode stored, ObjectNode modified) {
        List<Fault> faults = new ArrayList<>();
        unchanged("cidr", stored, modified, faults);
        unchanged("blockSize", stored, modified, faults);
        return faults;
    }

    private static void unchanged(String field, ObjectNode stored, ObjectNode modified, List<Fault> faults) {
        String before =
                Rewrite.withDefaults(stored.deepCopy()).path("spec").path(field).asText();
        String after = modified.path("spec").path(field).asText();
        if (!before.isEmpty() && !before.equals(after)) {
            faults.add(Fault.at(
                    "spec." + field,
                    modified.path("spec").path(field),
                    "cannot be changed from " + before + "; delete the pool and create it anew"));
        }
    }

    private static Optional<Prefix> cidr(ObjectNode pool) {
        try {
            return Optional.of(Prefix.parse(pool.path("spec").path("cidr").asText()));
        } catch (IllegalArgumentException notIpv4) {
            return Optional.empty();
        }
    }

    private static String name(ObjectNode pool) {
        return pool.path("metadata").path("name").asText();
    }
}
