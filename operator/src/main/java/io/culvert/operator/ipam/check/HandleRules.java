package io.culvert.operator.ipam.check;

import io.culvert.operator.calico.store.Allocation;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Handles count what blocks hold. An address that cools down is no longer counted. Addresses reserved in blocks of
 * Windows nodes carry a handle that was never stored ({@code libcalico-go/lib/ipam/ipam.go}).
 */
final class HandleRules {

    private static final String RESERVED = "windows-reserved-ipam-handle";

    private final IpamPicture picture;
    private final Consumer<Finding> findings;
    private final Map<String, Map<Prefix, Integer>> held = new TreeMap<>();

    private HandleRules(IpamPicture picture, Consumer<Finding> findings) {
        this.picture = picture;
        this.findings = findings;
    }

    static void check(IpamPicture picture, Consumer<Finding> findings) {
        HandleRules rules = new HandleRules(picture, findings);
        rules.count();
        picture.handles().values().forEach(rules::compare);
        rules.missing();
    }

    private void count() {
        for (IpamBlock block : picture.blocks().values()) {
            for (Allocation allocation : block.allocations()) {
                if (!allocation.coolingDown()) {
                    allocation
                            .handle()
                            .ifPresent(handle -> held.computeIfAbsent(handle, id -> new HashMap<>())
                                    .merge(block.cidr(), 1, Integer::sum));
                }
            }
        }
    }

    private void compare(Handle handle) {
        Map<Prefix, Integer> actual = held.getOrDefault(handle.id(), Map.of());
        List<String> differences = new ArrayList<>();
        TreeSet<Prefix> blocks = new TreeSet<>(handle.counts().keySet());
        blocks.addAll(actual.keySet());
        blocks.removeIf(picture::isUnreadable);
        for (Prefix block : blocks) {
            int counted = handle.counts().getOrDefault(block, 0);
            int found = actual.getOrDefault(block, 0);
            if (counted != found) {
                differences.add(counted + " in " + block + " where there are " + found);
            }
        }
        boolean unknown = handle.counts().keySet().stream().anyMatch(picture::isUnreadable);
        if (actual.isEmpty() && !handle.elsewhere() && !unknown) {
            findings.accept(new Finding(
                    Rule.UNUSED_HANDLE,
                    handle.key(),
                    "no address is taken with this handle" + (differences.isEmpty() ? "" : ", and it counts ")
                            + Finding.few(handle.counts().keySet()),
                    "delete the key"));
        } else if (!differences.isEmpty()) {
            findings.accept(new Finding(
                    Rule.HANDLE_COUNT,
                    handle.key(),
                    "the handle counts " + Finding.few(differences),
                    "put the correct counts: a release by handle leaves what it does not count"));
        }
    }

    private void missing() {
        for (IpamBlock block : picture.blocks().values()) {
            Map<String, List<Object>> orphans = new TreeMap<>();
            for (Allocation allocation : block.allocations()) {
                allocation
                        .handle()
                        .filter(id -> !allocation.coolingDown())
                        .filter(id -> !id.equals(RESERVED))
                        .filter(id -> !picture.handles().containsKey(id))
                        .ifPresent(id -> orphans.computeIfAbsent(id, first -> new ArrayList<>())
                                .add(allocation.address()));
            }
            orphans.forEach((id, addresses) -> findings.accept(new Finding(
                    Rule.MISSING_HANDLE,
                    block.key(),
                    Finding.few(addresses) + (addresses.size() == 1 ? " is" : " are") + " taken with handle " + id
                            + ", which does not exist",
                    "release by address, or create the handle: a release by handle does not find "
                            + (addresses.size() == 1 ? "it" : "them"))));
        }
    }
}
