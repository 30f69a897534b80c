package io.culvert.operator.cli.status;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.cli.terminal.JsonOutput;
import io.culvert.operator.cli.terminal.NameList;
import io.culvert.operator.cli.terminal.Table;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.status.NodeStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A cluster's status as text. */
record StatusView(ClusterStatus status, Terminal terminal, boolean wide) {

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
        Table table = table(List.of("NAME", "CIDR", "MODE", "NAT", "NODES", "REVISION"), List.of("ROUTES", "LAGGING"));
        for (ClusterStatus.Pool pool : status.pools()) {
            List<String> cells = List.of(
                    pool.name(),
                    pool.cidr(),
                    pool.mode(),
                    Boolean.toString(pool.natOutgoing()),
                    pool.leftAlone() ? "-" : pool.convergence().fraction(),
                    Long.toString(pool.revision()));
            String lagging = pool.leftAlone()
                    ? ""
                    : NameList.of(pool.convergence().lagging().keySet());
            row(table, cells, List.of(routes(pool.name(), status.live()), lagging.isEmpty() ? "-" : lagging));
        }
        return table;
    }

    private Table table(List<String> headers, List<String> more) {
        return new Table(Stream.concat(headers.stream(), wide ? more.stream() : Stream.of())
                .toArray(String[]::new));
    }

    private void row(Table table, List<String> cells, List<String> more) {
        table.row(Stream.concat(cells.stream(), wide ? more.stream() : Stream.of())
                .toArray(String[]::new));
    }

    /** {@code 8/9}: routes in the kernels of those nodes that the pool asks for. */
    private static String routes(String pool, List<NodeStatus> nodes) {
        List<NodeStatus.Pool> routes = nodes.stream()
                .flatMap(node -> Optional.ofNullable(node.pools().get(pool)).stream())
                .toList();
        return programmed(routes);
    }

    private static String programmed(Collection<NodeStatus.Pool> routes) {
        int programmed = routes.stream().mapToInt(NodeStatus.Pool::programmed).sum();
        return programmed + "/"
                + routes.stream().mapToInt(NodeStatus.Pool::desired).sum();
    }

    private Table nodes() {
        Table table =
                table(List.of("NODE", "ADDRESS", "REVISION", "FAILING", "SEEN"), List.of("ROUTES", "TUNNEL", "AGENT"));
        for (ClusterStatus.Member node : status.nodes()) {
            String address = orDash(node.address());
            if (node.status().isEmpty()) {
                row(table, List.of(node.name(), address, "-", "-", "down"), List.of("-", "-", "-"));
            } else {
                NodeStatus said = node.status().get();
                row(
                        table,
                        List.of(
                                node.name(),
                                address,
                                Long.toString(said.appliedRevision()),
                                Integer.toString(said.failing().size()),
                                seen(node)),
                        List.of(
                                programmed(said.pools().values()),
                                orDash(said.tunnelAddress()),
                                orDash(said.agentVersion())));
            }
        }
        return table;
    }

    private static String seen(ClusterStatus.Member node) {
        return node.heardAgo().map(ago -> ago.toSeconds() + "s ago").orElse("live");
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    private String coloured(Problem problem) {
        String type = problem.type() + ":";
        return switch (problem.type()) {
            case DOWN, REJECTED, FAILING -> terminal.red(type);
            case LAGGING, SILENT, UNROUTED, WARNING, UNSUPPORTED -> terminal.yellow(type);
        };
    }

    /** The same for a program. */
    List<String> json() {
        ObjectNode root = JsonOutput.object();
        ArrayNode pools = root.putArray("pools");
        status.pools().forEach(pool -> pools.add(json(pool)));
        ArrayNode nodes = root.putArray("nodes");
        status.nodes().forEach(node -> nodes.add(json(node)));
        ArrayNode problems = root.putArray("problems");
        for (Problem problem : status.problems()) {
            ObjectNode json = problems.addObject();
            json.put("type", problem.type().toString()).put("subject", problem.subject());
            json.put("text", problem.text());
            if (!problem.failureClass().isEmpty()) {
                json.put("class", problem.failureClass());
            }
            problem.nodes().forEach(json.putArray("nodes")::add);
        }
        return JsonOutput.lines(root);
    }

    private static ObjectNode json(ClusterStatus.Pool pool) {
        ObjectNode json = JsonOutput.object();
        json.put("name", pool.name()).put("cidr", pool.cidr()).put("mode", pool.mode());
        json.put("natOutgoing", pool.natOutgoing()).put("revision", pool.revision());
        Convergence convergence = pool.convergence();
        json.put("nodesLive", convergence.live());
        json.put("nodesConverged", convergence.live() - convergence.lagging().size());
        json.put("converged", convergence.complete());
        convergence.lagging().forEach(json.putObject("lagging")::put);
        return json;
    }

    private static ObjectNode json(ClusterStatus.Member node) {
        ObjectNode json = node.status()
                .map(JsonOutput::object)
                .orElseGet(() -> JsonOutput.object().put("node", node.name()).put("address", node.address()));
        node.heardAgo().ifPresent(ago -> json.put("heardSecondsAgo", ago.toSeconds()));
        return json.put("live", node.status().isPresent());
    }
}
