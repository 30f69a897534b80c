package io.culvert.operator.calico.rule;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.calico.Resource;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The rules that a pool can break only together with stored resources. */
public final class PoolConflicts {

    private static final int NAMED = 5;

    private PoolConflicts() {}

    /**
     * Overlaps of a new pool with others, disabled ones too. Invalid ones count by their {@code spec.cidr} alone.
     */
    public static List<Fault> overlaps(Resource created, Collection<Resource> others) {
        Optional<Prefix> cidr = cidr(created);
        List<Fault> faults = new ArrayList<>();
        for (Resource other : others) {
            Optional<Prefix> taken = cidr(other);
            if (cidr.isPresent() && taken.isPresent() && cidr.get().overlaps(taken.get())) {
                faults.add(overlap(created, other, taken.get()));
            }
        }
        return faults;
    }

    private static Fault overlap(Resource created, Resource other, Prefix taken) {
        String name = other.name();
        String rule =
                "pool " + created.name() + " would overlap pool " + name + " (" + taken + "): to change that pool, "
                        + "for example its ipipMode, apply a document with its name " + name
                        + "; to replace it, delete it first with 'culvert delete ippool " + name + "'";
        return Fault.at("spec.cidr", field(created, "cidr"), rule);
    }

    /**
     * Blocks of another size inside a new pool. A deleted pool leaves them behind while addresses are assigned, and IPAM could
     * not distinguish them from the new pool's.
     */
    public static List<Fault> blocks(Resource created, Collection<Prefix> blocks) {
        Optional<Prefix> cidr = cidr(created);
        int blockSize = field(created, "blockSize").asInt(IpPoolCodec.DEFAULT_BLOCK_SIZE);
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
                field(created, "blockSize"),
                "IPAM has blocks of another size in " + cidr.get() + ": " + named + more
                        + "; release their addresses ('culvert ipam show --show-blocks' names the owners), or use their"
                        + " blockSize"));
    }

    /** Changes of immutable fields. */
    public static List<Fault> immutable(Resource stored, Resource modified) {
        List<Fault> faults = new ArrayList<>();
        JsonNode before = Rewrite.withDefaults(stored).path("spec");
        unchanged("cidr", before, modified, faults);
        unchanged("blockSize", before, modified, faults);
        if (isForLoadBalancers(stored) && !isForLoadBalancers(modified)) {
            faults.add(Fault.at(
                    "spec.allowedUses",
                    field(modified, "allowedUses"),
                    "cannot be changed from LoadBalancer; delete and recreate the pool"));
        }
        return faults;
    }

    private static boolean isForLoadBalancers(Resource pool) {
        for (JsonNode use : field(pool, "allowedUses")) {
            if (use.asText().equals("LoadBalancer")) {
                return true;
            }
        }
        return false;
    }

    private static void unchanged(String name, JsonNode stored, Resource modified, List<Fault> faults) {
        String before = stored.path(name).asText();
        String after = field(modified, name).asText();
        if (!before.isEmpty() && !before.equals(after)) {
            faults.add(Fault.at(
                    "spec." + name,
                    field(modified, name),
                    "cannot be changed from " + before + "; delete and recreate the pool"));
        }
    }

    private static Optional<Prefix> cidr(Resource pool) {
        try {
            return Optional.of(Prefix.parse(field(pool, "cidr").asText()));
        } catch (IllegalArgumentException notIpv4) {
            return Optional.empty();
        }
    }

    private static JsonNode field(Resource pool, String name) {
        return pool.document().path("spec").path(name);
    }
}
