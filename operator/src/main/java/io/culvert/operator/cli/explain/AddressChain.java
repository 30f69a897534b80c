package io.culvert.operator.cli.explain;

import io.culvert.operator.calico.store.Allocation;
import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.resolve.Explanation;
import io.culvert.reconciler.resolve.Explanation.Candidate;
import io.culvert.reconciler.resolve.Verdict;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What leads to the answer, a labelled line for each link of the chain. Pure. */
final class AddressChain {

    private final AddressQuestion question;
    private final Explanation explanation;
    private final Map<String, String> lines = new LinkedHashMap<>();

    private AddressChain(AddressQuestion question) {
        this.question = question;
        this.explanation = question.explanation();
    }

    /** Lines by label, the most interesting first. */
    static Map<String, String> of(AddressQuestion question) {
        AddressChain chain = new AddressChain(question);
        chain.owner();
        chain.path();
        chain.rest();
        return chain.lines;
    }

    private void owner() {
        lines.put("pool", explanation.pool().map(AddressChain::pool).orElse("none"));
        Optional<Candidate> nearest = explanation.nearest();
        if (nearest.isPresent()) {
            lines.put("block", nearest.get().block().cidr().toString());
            lines.put("owner", owner(nearest.get()));
            if (nearest.get().borrowed()) {
                lines.put("borrower", nearest.get().holder().orElseThrow());
            }
        }
        boolean inBlock = nearest.isPresent() && explanation.asked().length() == 32;
        if (inBlock) {
            lines.put(
                    "address",
                    question.allocation().map(AddressChain::allocation).orElse("free: not assigned by IPAM"));
        }
    }

    private static String pool(IpPool pool) {
        return pool.name() + ", " + pool.cidr() + ", natOutgoing " + pool.natOutgoing()
                + (pool.disabled() ? ", disabled: still routed, assigns no new blocks" : "");
    }

    private static String owner(Candidate candidate) {
        String claim = candidate
                .claim()
                .map(state -> "claim " + state.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .orElse("no claim");
        return candidate
                .block()
                .owner()
                .map(owner -> owner + " (" + claim + ")")
                .orElse("none");
    }

    private static String allocation(Allocation allocation) {
        StringBuilder text = new StringBuilder("taken, handle ");
        text.append(allocation.handle().orElse("unknown"));
        new TreeMap<>(allocation.attributes())
                .forEach((name, value) ->
                        text.append(", ").append(name).append(' ').append(value));
        return text.toString();
    }

    private void path() {
        Optional<Candidate> decided = explanation.effective().or(explanation::nearest);
        if (decided.isEmpty() || explanation.pool().isEmpty()) {
            return;
        }
        IpPool pool = explanation.pool().get();
        lines.put("mode", pool.routed() ? mode(pool.ipipMode()) : "VXLAN, left to Calico");
        decided.get()
                .peer()
                .filter(peer -> !peer.name().equals(question.from()))
                .ifPresent(this::subnets);
        lines.put("route", route(decided.get()));
        explanation.via().ifPresent(via -> nextHop(via, decided.get()));
    }

    private static String mode(EncapsulationMode mode) {
        return mode
                + switch (mode) {
                    case ALWAYS -> ": tunnel to every node";
                    case CROSS_SUBNET -> ": direct within a subnet, tunnel to other nodes";
                    case NEVER -> ": direct within a subnet, no route to other nodes";
                };
    }

    private void subnets(Node peer) {
        InterfaceAddress own = explanation.from().address();
        if (peer.address().isEmpty()) {
            return;
        }
        InterfaceAddress other = peer.address().get();
        lines.put(
                "subnets",
                holds(question.from(), own, peer.name(), other) + "; "
                        + holds(peer.name(), other, question.from(), own));
    }

    private static String holds(String name, InterfaceAddress one, String otherName, InterfaceAddress other) {
        return one.prefix() + " of " + name
                + (one.prefix().contains(other.address()) ? " contains " : " does not contain ") + other.address()
                + " of " + otherName;
    }

    private static String route(Candidate candidate) {
        if (candidate.verdict() instanceof Verdict.LeftOut leftOut) {
            return "none: " + leftOut.reason();
        }
        if (candidate.verdict() == Verdict.Plain.BLACKHOLE) {
            return "blackhole " + candidate.prefix();
        }
        return candidate.verdict().routed() ? candidate.prefix().toString() : "none";
    }

    private void nextHop(Via via, Candidate candidate) {
        boolean tunnel = via.encapsulation() == Encapsulation.IPIP;
        lines.put(
                "next hop",
                via.peer() + candidate.holder().map(holder -> ", " + holder).orElse(""));
        lines.put(
                "device",
                tunnel
                        ? explanation.from().tunnelDevice()
                        : question.underlayDevice()
                                .orElse("the interface with "
                                        + explanation.from().address().address()));
        lines.put(
                "outer",
                tunnel
                        ? explanation.from().address().address() + " > " + via.peer() + ", protocol 4"
                        : "none: no encapsulation");
        lines.put("MTU", tunnel ? tunnelMtu() : "the underlay's: no outer header");
        if (tunnel) {
            lines.put("filter", filter(via, candidate));
        }
    }

    private String tunnelMtu() {
        if (question.kernel().isEmpty()) {
            return question.configuredMtu().isPresent()
                    ? question.configuredMtu().getAsInt()
                            + ", set by FelixConfiguration; the node's --mtu takes precedence"
                    : "the underlay's minus 20 for the outer header, or the node's --mtu; known only on the node";
        }
        int mtu = explanation.from().tunnelMtu();
        return mtu
                + question.kernel()
                        .flatMap(view -> view.observation()
                                .links()
                                .carrying(explanation.from().address().address()))
                        .filter(underlay -> underlay.mtu() - 20 == mtu)
                        .map(underlay ->
                                ", " + underlay.name() + "'s " + underlay.mtu() + " minus 20 for the outer header")
                        .orElse(
                                ", set for this node, or that of the interfaces by which packets to other nodes leave, minus 20");
    }

    private String filter(Via via, Candidate candidate) {
        String accepted = question.from() + (explanation.accepts(via.peer()) ? " accepts" : " does not accept")
                + " tunnel packets from " + via.peer();
        boolean ready = !(candidate.verdict() instanceof Verdict.Route route) || route.peerReady();
        return ready ? accepted : accepted + "; the peer has no tunnel address yet, so it may not receive";
    }

    private void rest() {
        lines.put("NAT", nat());
        for (int i = 0; i < question.rejected().size(); i++) {
            lines.put(
                    i == 0 ? "rejected" : "rejected " + (i + 1),
                    question.rejected().get(i));
        }
    }

    private String nat() {
        return switch (explanation.nat()) {
            case NO_POOLS -> "none: there are no pools";
            case WITHIN_POOLS -> "none: the destination is in a pool";
            case NOT_ASKED_FOR -> "none: no pool has natOutgoing";
            case NODE_EXEMPT -> "none: the destination is a tunnel source, and FelixConfiguration exempts those";
            case MASQUERADED ->
                "packets from "
                        + explanation.desired().ruleset().orElseThrow().natPools().stream()
                                .map(Object::toString)
                                .collect(Collectors.joining(", "))
                        + " are source-NATed to " + question.from()
                        + "'s address, because the destination is in no pool and natOutgoing is true";
        };
    }
}
