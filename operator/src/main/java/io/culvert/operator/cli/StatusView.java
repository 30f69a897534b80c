package io.culvert.operator.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** A cluster's status as text. */
record StatusView(ClusterStatus status, Terminal terminal) {

    /** Pools, nodes and problems for a reader. */
    List<String> tables() {
        List<String> lines = new ArrayList<>();
        if (status.pools().isEmpty()) {
            lines.add("no pools; 'culvert apply -f FILE' creates one");
        } else {
            lines.addAll(pools().lines(true));
        }
        lines.add("");
        lines.addAll(status.nodes().isEmpty() ? List.of("no nodes") : nodes().lines(true));
        if (!status.problems().isEmpty()) {
            lines.add("");
            status.problems().forEach(problem -> lines.add(coloured(problem) + " " + problem));
        }
        return lines;
    }

    private Table pools() {
        Table table = new Table("NAME", "CIDR", "MODE", "NAT", "NODES", "REVISION");
        for (ClusterStatus.Pool pool : status.pools()) {
            table.row(
                    pool.name(),
                    pool.cidr(),
                    pool.mode(),
                    Boolean.toString(pool.natOutgoing()),
                    pool.convergence().fraction(),
                    Long.toString(pool.revision()));
        }
        return table;
    }

    private Table nodes() {
        Table table = new Table("NODE", "ADDRESS", "REVISION", "FAILING", "SEEN");
        for (ClusterStatus.Member node : status.nodes()) {
            String address = node.address().isEmpty() ? "-" : node.address();
            String revision = node.status()
                    .map(said -> Long.toString(said.appliedRevision()))
                    .orElse("-");
            String failing = node.status()
                    .map(said -> Integer.toString(said.failing().size()))
                    .orElse("-");
            table.row(node.name(), address, revision, failing, node.status().isPresent() ? "live" : "down");
        }
        return table;
    }

    private String coloured(Problem problem) {
        String sort = problem.sort() + ":";
        return switch (problem.sort()) {
            case REJECTED, FAILING -> terminal.red(sort);
            case UNROUTED, WARNING, UNSUPPORTED -> terminal.yellow(sort);
        };
    }

    /** The same for a program. */
    List<String> json() {
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = mapper.createObjectNode();
        ArrayNode pools = root.putArray("pools");
        status.pools().forEach(pool -> pools.add(json(mapper, pool)));
        ArrayNode nodes = root.putArray("nodes");
        status.nodes().forEach(node -> nodes.add(json(mapper, node)));
        ArrayNode problems = root.putArray("problems");
        for (Problem problem : status.problems()) {
            ObjectNode json = problems.addObject();
            json.put("sort", problem.sort().toString()).put("subject", problem.subject());
            json.put("text", problem.text());
            problem.nodes().forEach(json.putArray("nodes")::add);
        }
        try {
            return mapper.writeValueAsString(root).lines().toList();
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree that cannot be written", impossible);
        }
    }

    private static ObjectNode json(ObjectMapper mapper, ClusterStatus.Pool pool) {
        ObjectNode json = mapper.createObjectNode();
        json.put("name", pool.name()).put("cidr", pool.cidr()).put("mode", pool.mode());
        json.put("natOutgoing", pool.natOutgoing()).put("revision", pool.revision());
        Convergence convergence = pool.convergence();
        json.put("nodesLive", convergence.live());
        json.put("nodesConverged", convergence.live() - convergence.lagging().size());
        json.put("converged", convergence.complete());
        convergence.lagging().forEach(json.putObject("lagging")::put);
        return json;
    }

    private static ObjectNode json(ObjectMapper mapper, ClusterStatus.Member node) {
        ObjectNode json = node.status()
                .map(said -> mapper.<ObjectNode>valueToTree(said))
                .orElseGet(
                        () -> mapper.createObjectNode().put("node", node.name()).put("address", node.address()));
        return json.put("live", node.status().isPresent());
    }
}
