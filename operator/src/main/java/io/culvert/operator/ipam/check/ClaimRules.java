package io.culvert.operator.ipam.check;

import io.culvert.operator.calico.store.Keys;
import io.culvert.reconciler.net.Prefix;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Claims and blocks' owners agree. */
final class ClaimRules {

    private final IpamPicture picture;
    private final Consumer<Finding> findings;

    private ClaimRules(IpamPicture picture, Consumer<Finding> findings) {
        this.picture = picture;
        this.findings = findings;
    }

    static void check(IpamPicture picture, Consumer<Finding> findings) {
        ClaimRules rules = new ClaimRules(picture, findings);
        picture.claims().forEach(rules::block);
        rules.owners();
        rules.limit();
    }

    private void block(Claim claim) {
        String node = claim.affinity().node();
        Prefix cidr = claim.affinity().block();
        if (picture.isUnreadable(cidr)) {
            return;
        }
        IpamBlock block = picture.blocks().get(cidr);
        if (block == null) {
            findings.accept(new Finding(
                    Rule.AFFINITY_WITHOUT_BLOCK,
                    claim.key(),
                    "node " + node + " claims block " + cidr + " (" + state(claim) + "), which does not exist",
                    "delete the key"));
        } else if (!block.owner().equals(Optional.of(node))) {
            findings.accept(new Finding(
                    Rule.AFFINITY_OF_ANOTHER,
                    claim.key(),
                    "node " + node + " claims block " + cidr + " (" + state(claim) + "), which belongs to "
                            + block.owner().map(owner -> "node " + owner).orElse("no node"),
                    "delete the key: the block decides"));
        }
    }

    private static String state(Claim claim) {
        return switch (claim.affinity().state()) {
            case CONFIRMED -> "confirmed";
            case PENDING -> "pending";
            case PENDING_DELETION -> "pendingDeletion";
        };
    }

    private void owners() {
        Set<Keyed> confirmed = new HashSet<>();
        picture.claims().stream()
                .filter(Claim::isConfirmed)
                .forEach(claim -> confirmed.add(
                        new Keyed(claim.affinity().node(), claim.affinity().block())));
        for (IpamBlock block : picture.blocks().values()) {
            Optional<String> owner = block.owner();
            if (owner.isPresent() && !confirmed.contains(new Keyed(owner.get(), block.cidr()))) {
                findings.accept(new Finding(
                        Rule.OWNER_WITHOUT_AFFINITY,
                        block.key(),
                        "block " + block.cidr() + " belongs to node " + owner.get()
                                + ", which has no confirmed claim on it ("
                                + Keys.affinity(owner.get(), block.cidr()) + ")",
                        "it is not routed until the node's agent confirms the claim; 'culvert delete node "
                                + owner.get() + "' if the node is gone"));
            }
        }
    }

    private record Keyed(String node, Prefix block) {}

    private void limit() {
        int most = picture.config().maxBlocksPerHost();
        Map<String, Integer> blocks = new TreeMap<>();
        picture.claims().forEach(claim -> blocks.merge(claim.affinity().node(), 1, Integer::sum));
        blocks.forEach((node, count) -> {
            if (most > 0 && count > most) {
                findings.accept(new Finding(
                        Rule.TOO_MANY_BLOCKS,
                        Keys.affinitiesOf(node),
                        "node " + node + " claims " + count + " blocks, and maxBlocksPerHost is " + most,
                        "it gets no more blocks; release some, or raise the limit"));
            }
        });
    }
}
