package io.culvert.operator.calico.rule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The rules that a pool may break only together with what is stored already. */
public final class PoolConflicts {

    private static final int NAMED = 5;

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

    /**
     * Blocks of another size inside a pool that is to be created, as one that was deleted leaves behind while addresses are
     * taken: IPAM could not tell them from the new pool's.
     */
    public static List<Fault> blocks(ObjectNode created, Collection<Prefix> blocks) {
        Optional<Prefix> cidr = cidr(created);
        int blockSize = created.path("spec").path("blockSize").asInt(IpPoolCodec.DEFAULT_BLOCK_SIZE);
        List<Prefix> others = blocks.stream()
                .filter(block -> block.length() != blockSize)
                .filter(block -> cidr.isPresent() && cidr.get().overlaps(block))
                .sorted()
                .toList();
        if (others.isEmpty()) {
            return List.of();
        }
        String named = others.stream().limit(NAMED).map(Prefix::toString).collect(Collectors.joining(", "));
        String more = others.size() > NAMED ? " and " + (others.size() - NAMED) + " more" : "";
        return List.of(Fault.at(
                "spec.blockSize",
                created.path("spec").path("blockSize"),
                "IPAM has blocks of another size in " + cidr.get() + ": " + named + more
                        + "; release their addresses ('culvert ipam show --show-blocks' names the owners), or choose their"
                        + " blockSize"));
    }

    /** Changes of fields that stay as they are for a pool's life. */
    public static List<Fault> immutable(ObjectNode stored, ObjectNode modified) {
        List<Fault> faults = new ArrayList<>();
        unchanged("cidr", stored, modified, faults);
        unchanged("blockSize", stored, modified, faults);
        if (isForLoadBalancers(stored) && !isForLoadBalancers(modified)) {
            faults.add(Fault.at(
                    "spec.allowedUses",
                    modified.path("spec").path("allowedUses"),
                    "cannot be changed from LoadBalancer; delete the pool and create it anew"));
        }
        return faults;
    }

    private static boolean isForLoadBalancers(ObjectNode pool) {
        for (JsonNode use : pool.path("spec").path("allowedUses")) {
            if (use.asText().equals("LoadBalancer")) {
                return true;
            }
        }
        return false;
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
