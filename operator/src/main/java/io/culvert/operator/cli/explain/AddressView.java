package io.culvert.operator.cli.explain;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.cli.terminal.Table;
import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.resolve.Explanation;
import io.culvert.reconciler.resolve.Explanation.Candidate;
import io.culvert.reconciler.resolve.Subnets;
import io.culvert.reconciler.resolve.Verdict;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The answer to a question about an address as text. Pure. */
record AddressView(AddressQuestion question) {

    /** The answer, then what leads to it. */
    List<String> lines() {
        Explanation explanation = question.explanation();
        List<String> lines = new ArrayList<>(List.of(AddressAnswer.to(question), ""));
        Map<String, String> chain = AddressChain.of(question);
        Optional<KernelFinding> finding = finding();
        int width = width(chain, finding);
        chain.forEach((label, text) -> lines.add(line(label, width, text)));
        if (!explanation.inside().isEmpty()) {
            lines.add("");
            lines.addAll(inside().lines(true));
        }
        lines.add("");
        finding.ifPresentOrElse(
                found -> kernel(found, width, lines),
                () -> lines.add("kernel: not looked at: " + question.kernelAbsent()));
        return lines;
    }

    private Optional<KernelFinding> finding() {
        return question.kernel().map(view -> KernelFinding.of(question.explanation(), view));
    }

    private static int width(Map<String, String> chain, Optional<KernelFinding> finding) {
        List<String> labels = new ArrayList<>(chain.keySet());
        finding.ifPresent(found -> labels.addAll(found.lines().keySet()));
        return labels.stream().mapToInt(String::length).max().orElse(0);
    }

    private static String line(String label, int width, String text) {
        return "  " + label + " ".repeat(width - label.length() + 3) + text;
    }

    private void kernel(KernelFinding finding, int width, List<String> lines) {
        lines.add("kernel:");
        finding.lines().forEach((label, text) -> lines.add(line(label, width, text)));
        lines.add(line(
                "agrees",
                width,
                finding.faults().isEmpty()
                        ? "yes"
                        : "no: " + String.join("; ", finding.faults())
                                + "; 'culvert status' says why, 'culvert plan' what is missing"));
    }

    private Table inside() {
        Table table = new Table("PREFIX", "HOLDER", "WAY");
        for (Candidate candidate : question.explanation().inside()) {
            table.row(candidate.prefix().toString(), candidate.holder().orElse("none"), way(candidate.verdict()));
        }
        return table;
    }

    private static String way(Verdict verdict) {
        if (verdict instanceof Verdict.Route route) {
            return (route.via().encapsulation() == Encapsulation.IPIP ? "tunnel to " : "direct to ")
                    + route.via().peer();
        }
        return verdict instanceof Verdict.LeftOut leftOut
                ? "no route: " + leftOut.reason()
                : plain((Verdict.Plain) verdict);
    }

    private static String plain(Verdict.Plain verdict) {
        return switch (verdict) {
            case BLACKHOLE, OWN_ADDRESS, BORROWED_HERE -> "stays on the node";
            case UNOWNED -> "no route: no node owns it";
            case UNCONFIRMED -> "no route: the claim on it is not confirmed";
            case LEFT_TO_VXLAN -> "no route: VXLAN is left to Calico";
            case OUTSIDE_POOLS -> "no route: it is in no pool";
        };
    }

    /** The same for a program. */
    List<String> json() {
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = mapper.createObjectNode();
        root.put("address", question.asked()).put("from", question.from()).put("answer", AddressAnswer.to(question));
        decision(root);
        AddressChain.of(question).forEach(root.putObject("chain")::put);
        question.explanation()
                .inside()
                .forEach(one -> root.withArray("inside")
                        .addObject()
                        .put("prefix", one.prefix().toString())
                        .put("holder", one.holder().orElse(null))
                        .put("way", way(one.verdict())));
        finding().ifPresent(finding -> {
            ObjectNode kernel = root.putObject("kernel");
            finding.lines().forEach(kernel::put);
            kernel.put("agrees", finding.faults().isEmpty());
            finding.faults().forEach(kernel.putArray("faults")::add);
        });
        try {
            return mapper.writeValueAsString(root).lines().toList();
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree that cannot be written", impossible);
        }
    }

    private void decision(ObjectNode root) {
        Explanation explanation = question.explanation();
        root.put("pool", explanation.pool().map(IpPool::name).orElse(null));
        root.put(
                "mode",
                explanation.pool().map(pool -> pool.ipipMode().toString()).orElse(null));
        Optional<Candidate> nearest = explanation.nearest();
        root.put("block", nearest.map(one -> one.block().cidr().toString()).orElse(null));
        root.put("owner", nearest.flatMap(one -> one.block().owner()).orElse(null));
        root.put(
                "borrower",
                nearest.filter(Candidate::borrowed).flatMap(Candidate::holder).orElse(null));
        Optional<Via> via = explanation.via();
        root.put(
                "sameSubnet",
                nearest.flatMap(Candidate::peer)
                        .flatMap(Node::address)
                        .map(peer -> Subnets.same(explanation.from().address(), peer))
                        .orElse(null));
        root.put(
                "route",
                explanation.effective().map(one -> one.prefix().toString()).orElse(null));
        root.put("nextHop", via.map(one -> one.peer().toString()).orElse(null));
        boolean tunnel =
                via.filter(one -> one.encapsulation() == Encapsulation.IPIP).isPresent();
        root.put("encapsulation", via.isEmpty() ? null : tunnel ? "ipip" : "none");
        root.put("outerSource", tunnel ? explanation.from().address().address().toString() : null);
        root.put("outerDestination", tunnel ? via.get().peer().toString() : null);
        root.put("masqueraded", explanation.nat() == Explanation.Nat.MASQUERADED);
    }
}
