package io.culvert.operator.cli.explain;

import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resolve.Explanation;
import io.culvert.reconciler.resolve.Explanation.Candidate;
import io.culvert.reconciler.resolve.Subnets;
import io.culvert.reconciler.resolve.Verdict;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import java.util.Locale;
import java.util.Optional;

/** The answer to a question about an address, in one sentence. Pure. */
final class AddressAnswer {

    private final AddressQuestion question;
    private final Explanation explanation;
    private final String asked;
    private final String from;

    private AddressAnswer(AddressQuestion question) {
        this.question = question;
        this.explanation = question.explanation();
        this.asked = question.asked();
        this.from = question.from();
    }

    static String to(AddressQuestion question) {
        String besides =
                question.rejected().isEmpty() ? "." : "; what etcd holds about it and is rejected is named below.";
        return new AddressAnswer(question).sentence() + besides;
    }

    private String sentence() {
        if (explanation.underlayOf().isPresent()) {
            return ofUnderlay(explanation.underlayOf().get());
        }
        if (question.isSender(explanation.tunnelOf())) {
            return asked + " is " + from + "'s own tunnel address, on "
                    + explanation.from().tunnelDevice() + ": it stays on the node";
        }
        Optional<Candidate> nearest = explanation.nearest();
        if (nearest.isEmpty()) {
            return explanation.inside().isEmpty() ? inNoBlock() : ofManyBlocks();
        }
        return ofCandidate(nearest.get()) + otherwise(nearest.get());
    }

    private String ofUnderlay(Node node) {
        String inPool = explanation
                .pool()
                .map(pool -> "; no route of Culvert's covers it, although it lies in pool " + pool.name())
                .orElse("");
        return node.name().equals(from)
                ? asked + " is " + from + "'s own address: it stays on the node"
                : asked + " is " + node.name() + "'s own address: " + from
                        + " reaches it over the network between the nodes, without Culvert" + inPool;
    }

    private String inNoBlock() {
        if (explanation.pool().isPresent()) {
            IpPool pool = explanation.pool().get();
            return pool.routed()
                    ? asked + " is in pool " + pool.name() + " and in no block of it, so no node holds it and Culvert"
                            + " sets no route to it on " + from
                    : leftToVxlan(pool);
        }
        String nat = switch (explanation.nat()) {
            case NO_POOLS -> "there is no pool at all";
            case WITHIN_POOLS -> "it overlaps pools";
            case NOT_ASKED_FOR -> "packets of workloads keep their source address, because no pool has natOutgoing";
            case NODE_EXEMPT ->
                "packets of workloads keep their source address, because FelixConfiguration exempts nodes";
            case MASQUERADED -> "packets of workloads in a pool with natOutgoing leave with " + from + "'s address";
        };
        return asked + " is in no pool, so " + from + " sends to it by routes that are not Culvert's; " + nat;
    }

    private String leftToVxlan(IpPool pool) {
        return asked + " is in pool " + pool.name() + ", whose vxlanMode is " + pool.vxlanMode()
                + ": Culvert leaves it to Calico and sets no route";
    }

    private String ofManyBlocks() {
        int count = explanation.inside().size();
        String pool = explanation.pool().map(one -> " of pool " + one.name()).orElse("");
        return asked + " holds " + count + (count == 1 ? " routable prefix" : " routable prefixes") + pool
                + ", each of which goes its own way";
    }

    private String ofCandidate(Candidate candidate) {
        if (candidate.verdict() instanceof Verdict.Route route) {
            return belongs(candidate) + ": " + from + " sends to it "
                    + (route.via().encapsulation() == Encapsulation.IPIP
                            ? "through the tunnel (" + explanation.from().tunnelDevice() + ")"
                            : "directly"
                                    + question.underlayDevice()
                                            .map(device -> " (" + device + ")")
                                            .orElse(""))
                    + ", because " + because(candidate);
        }
        if (candidate.verdict() instanceof Verdict.LeftOut leftOut) {
            return belongs(candidate) + ", but " + from + " gets no route to it: " + leftOut.reason();
        }
        return ofPlain(candidate, (Verdict.Plain) candidate.verdict());
    }

    private String ofPlain(Candidate candidate, Verdict.Plain verdict) {
        String block = "block " + candidate.block().cidr();
        String owner = candidate.block().owner().orElse("no node");
        return switch (verdict) {
            case BLACKHOLE ->
                asked + " is in " + from + "'s own " + block
                        + ": a workload's own route delivers it, and the blackhole of the block drops it if there is none";
            case OWN_ADDRESS ->
                asked + " is " + from + "'s own, a block of one address: the workload's own route delivers it";
            case BORROWED_HERE ->
                asked + " belongs to " + from + ", which borrowed it from " + block + " of " + owner
                        + ": the workload's own route delivers it";
            case UNOWNED ->
                asked + " is in " + block + ", which no node owns, so Culvert sets no route to it on " + from;
            case UNCONFIRMED ->
                asked + " is in " + block + " of " + owner + ", whose claim on it is "
                        + candidate
                                .claim()
                                .map(state -> "not confirmed ("
                                        + state.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ")")
                                .orElse("missing")
                        + ", so Culvert sets no route to it on " + from + " yet";
            case LEFT_TO_VXLAN -> leftToVxlan(explanation.pool().orElseThrow());
            case OUTSIDE_POOLS ->
                asked + " is in " + block + ", which lies in no pool, so " + from + " has no route of Culvert's to it";
        };
    }

    private String belongs(Candidate candidate) {
        String holder = candidate.holder().orElse("no node");
        String whose = explanation
                .tunnelOf()
                .map(node -> " is the tunnel address of " + node.name()
                        + (node.name().equals(holder) ? "" : ", in a block of " + holder))
                .orElse(" belongs to " + holder);
        return candidate.borrowed()
                ? asked + whose + ", which borrowed it from block "
                        + candidate.block().cidr() + " of "
                        + candidate.block().owner().orElse("no node")
                : asked + whose;
    }

    private String because(Candidate candidate) {
        IpPool pool = explanation.pool().orElseThrow();
        String mode = "pool " + pool.name() + " has mode " + pool.ipipMode();
        Optional<InterfaceAddress> peer = candidate.peer().flatMap(Node::address);
        if (pool.ipipMode() == EncapsulationMode.ALWAYS || peer.isEmpty()) {
            return mode;
        }
        InterfaceAddress own = explanation.from().address();
        boolean same = Subnets.same(own, peer.get());
        return mode + " and " + own + " and " + peer.get() + (same ? " are in one subnet" : " are different subnets");
    }

    /** Where its packets go when the most specific prefix has no route and a shorter one does. */
    private String otherwise(Candidate nearest) {
        Optional<Candidate> effective = explanation.effective();
        if (nearest.verdict().routed()
                || effective.isEmpty()
                || nearest.verdict() == Verdict.Plain.OWN_ADDRESS
                || nearest.verdict() == Verdict.Plain.BORROWED_HERE) {
            return "";
        }
        Prefix prefix = effective.get().prefix();
        return "; what is sent to it follows the route of " + prefix
                + effective.get().holder().map(holder -> " to " + holder).orElse("");
    }
}
