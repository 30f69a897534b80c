package io.culvert.reconciler.resolve;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Why a node sends to an address the way it does. By the same decisions as {@link Resolver}, so the outcome is what the
 * longest matching route of {@link DesiredState#routes()} says.
 *
 * @param from the node that sends
 * @param asked the address as a /32, or a longer prefix
 * @param pool the one that contains it
 * @param candidates blocks that contain it, and the address itself where it is borrowed: the one that counts most first
 * @param inside the blocks and borrowed addresses inside it, by prefix; none where a single address is asked for
 * @param underlayOf the node whose own address it is
 * @param tunnelOf the node whose tunnel address it is
 * @param desired all that the sending node's kernel should hold
 */
public record Explanation(
        LocalNode from,
        Prefix asked,
        Optional<IpPool> pool,
        List<Candidate> candidates,
        List<Candidate> inside,
        Optional<Node> underlayOf,
        Optional<Node> tunnelOf,
        DesiredState desired) {

    private static final Comparator<Candidate> LONGEST_FIRST =
            Comparator.comparingInt(candidate -> -candidate.prefix().length());

    public Explanation {
        candidates = List.copyOf(candidates);
        inside = List.copyOf(inside);
    }

    /**
     * A prefix that could be routed, and what becomes of it.
     *
     * @param holder the node that its packets belong to: a borrower, else the block's owner
     * @param peer that node's resource, where there is one
     * @param claim how far the owner's claim on the block has come; empty without an owner or without a claim
     */
    public record Candidate(
            Prefix prefix,
            Block block,
            Optional<String> holder,
            Optional<Node> peer,
            Optional<Affinity.State> claim,
            Verdict verdict) {

        /** Whether it is an address that a node other than the block's owner holds. */
        public boolean borrowed() {
            return prefix.length() == 32 && block.borrowed().containsKey(prefix.network());
        }
    }

    /** Whether what a workload sends to the address leaves with the node's address as its source. */
    public enum Nat {
        /** No pool, no table. */
        NO_POOLS,
        /** The destination is in a pool. */
        WITHIN_POOLS,
        /** No pool has {@code natOutgoing: true}. */
        NOT_ASKED_FOR,
        /** The destination is a tunnel's other end, and the FelixConfiguration exempts those. */
        NODE_EXEMPT,
        /** It does, if the workload's address is in a pool with {@code natOutgoing: true}. */
        MASQUERADED
    }

    /** Pure. */
    public static Explanation of(Snapshot snapshot, LocalNode from, Prefix asked) {
        Cluster cluster = Cluster.of(snapshot);
        Decisions decisions = new Decisions(cluster, snapshot.felixFor(from.name()), from);
        List<Candidate> around = new ArrayList<>();
        List<Candidate> inside = new ArrayList<>();
        new Holdings(snapshot, cluster).forEach(holding -> {
            if (holding.prefix().contains(asked)) {
                around.add(candidate(snapshot, holding, decisions.of(holding)));
            } else if (asked.contains(holding.prefix())) {
                inside.add(candidate(snapshot, holding, decisions.of(holding)));
            }
        });
        // Of two routes to one prefix the resolver's later one stands.
        Collections.reverse(around);
        around.sort(LONGEST_FIRST);
        inside.sort(Comparator.comparing(Candidate::prefix));
        return new Explanation(
                from,
                asked,
                snapshot.pools().values().stream()
                        .filter(pool -> pool.cidr().contains(asked))
                        .findFirst(),
                around,
                inside,
                nodeWith(
                        snapshot,
                        node -> node.address()
                                .filter(own -> asked.equals(Prefix.host(own.address())))
                                .isPresent()),
                nodeWith(
                        snapshot, node -> node.tunnelAddress().map(Prefix::host).equals(Optional.of(asked))),
                Resolver.resolve(snapshot, from));
    }

    private static Optional<Node> nodeWith(Snapshot snapshot, Predicate<Node> wanted) {
        return snapshot.nodes().values().stream().filter(wanted).min(Comparator.comparing(Node::name));
    }

    private static Candidate candidate(Snapshot snapshot, Holding holding, Verdict verdict) {
        Block block = holding.block();
        Optional<Affinity.State> claim = block.owner()
                .flatMap(owner -> snapshot.affinities().of(owner, block.cidr()))
                .map(Affinity::state);
        Optional<Node> peer = Optional.ofNullable(holding.peer()).map(Holding.Peer::node);
        return new Candidate(holding.prefix(), block, Optional.ofNullable(holding.holder()), peer, claim, verdict);
    }

    /** What its packets follow: the longest routed prefix. Empty if Culvert routes it nowhere. */
    public Optional<Candidate> effective() {
        return candidates.stream()
                .filter(candidate -> candidate.verdict().routed())
                .findFirst();
    }

    /** The verdict on the most specific prefix, routed or not; empty if it is in no block. */
    public Optional<Candidate> nearest() {
        return candidates.stream().findFirst();
    }

    /** The way of its packets to another node; empty if they stay, or if there is no route. */
    public Optional<Via> via() {
        return effective()
                .map(Candidate::verdict)
                .filter(Verdict.Route.class::isInstance)
                .map(route -> ((Verdict.Route) route).via());
    }

    /** What the ruleset does with a workload's packets to it. */
    public Nat nat() {
        Optional<Ruleset> ruleset = desired.ruleset();
        if (ruleset.isEmpty()) {
            return Nat.NO_POOLS;
        }
        if (ruleset.get().pools().stream().anyMatch(pool -> pool.contains(asked))) {
            return Nat.WITHIN_POOLS;
        }
        if (ruleset.get().natPools().isEmpty()) {
            return Nat.NOT_ASKED_FOR;
        }
        boolean exempt = ruleset.get().sourcesExempt()
                && ruleset.get().tunnelSources().stream().anyMatch(source -> source.contains(asked));
        return exempt ? Nat.NODE_EXEMPT : Nat.MASQUERADED;
    }

    /** Whether the sending node accepts tunnel packets from that node address. */
    public boolean accepts(Address nodeAddress) {
        return desired.ruleset().stream()
                .flatMap(ruleset -> ruleset.tunnelSources().stream())
                .anyMatch(source -> source.contains(nodeAddress));
    }
}
