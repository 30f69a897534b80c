package io.culvert.operator.cli.diff;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.cli.connect.EtcdOptions;
import io.culvert.operator.cli.diff.ClusterForecast.NodeForecast;
import io.culvert.operator.cli.input.Document;
import io.culvert.operator.cli.input.Documents;
import io.culvert.operator.cli.input.FileOptions;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.resource.Intent;
import io.culvert.operator.cli.resource.PlannedWrite;
import io.culvert.operator.cli.resource.WritePlan;
import io.culvert.operator.cli.resource.Writer;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.operator.snapshot.SnapshotForecast;
import io.culvert.reconciler.resource.IpPool;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert diff}. */
@Command(
        name = "diff",
        description = {
            "Show what apply would change: each resource by field, every node's kernel, and a summary.",
            "Needs no agent. Compares the desired state before and after, not what a kernel holds: for that, run",
            "'culvert plan' on the node. A node's gateways, underlay device and MTU are unknown here."
        },
        footer = {
            "",
            "Examples:",
            "  culvert diff -f pools.yaml",
            "  culvert diff -f pools.yaml --node n1",
            "  culvert diff --all -f - < pools.yaml",
            "",
            "Exit codes: 0 no changes; 1 changes; 2 invalid input; 3 the datastore cannot be read."
        })
public final class DiffCommand implements Callable<Integer> {

    private static final int CHANGED = 1;
    private static final int TROUBLE = 3;
    private static final int NODES_SHOWN = 20;
    private static final int LINES_SHOWN = 60;

    private final Terminal terminal;

    @Mixin
    private FileOptions files = new FileOptions();

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    @Option(names = "--node", paramLabel = "NODE", description = "Show only this node; the summary counts all.")
    private Optional<String> only = Optional.empty();

    @Option(
            names = "--all",
            description = "Show every node and every line (default: the first " + NODES_SHOWN + " nodes that change, "
                    + LINES_SHOWN + " lines each).")
    private boolean all;

    @Option(
            names = "--tunnel-device",
            paramLabel = "NAME",
            defaultValue = "${env:CULVERT_TUNNEL_DEVICE:-culvert0}",
            description = "Name of the nodes' tunnel device (default culvert0). [CULVERT_TUNNEL_DEVICE]")
    private String tunnelDevice = "";

    public DiffCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Documents read = files.documents(terminal.in());
        read.skipped().forEach(terminal::warn);
        try (EtcdConnection connection = etcd.connect()) {
            return compare(read.documents(), connection);
        } catch (DatastoreException unreadable) {
            throw Refusal.failed(String.valueOf(unreadable.getMessage())).withExitCode(TROUBLE);
        } catch (Refusal refusal) {
            throw refusal.exitCode() == CHANGED ? refusal.withExitCode(TROUBLE) : refusal;
        }
    }

    private int compare(List<Document> documents, EtcdConnection connection) {
        Map<String, ObjectNode> writes = new LinkedHashMap<>();
        WritePlan plan = new Writer(new ResourceStore(connection), Intent.APPLY, terminal).plan(documents);
        plan.leftOut().forEach(terminal::warn);
        for (PlannedWrite write : plan.writes()) {
            if (write.verb() == PlannedWrite.Verb.UNCHANGED) {
                terminal.print(write.toString());
            } else {
                show(write);
                writes.put(
                        Keys.resource(
                                write.document().kind().plural(),
                                write.document().name()),
                        write.resource().document());
            }
        }
        if (writes.isEmpty()) {
            return 0;
        }
        SnapshotForecast snapshots = SnapshotForecast.of(connection, writes);
        only.filter(name -> !snapshots.after().nodes().containsKey(name)).ifPresent(name -> {
            throw Refusal.invalid("--node: unknown node " + name);
        });
        if (snapshots.before().locked()) {
            terminal.warn(
                    "the datastore is locked (ClusterInformation default says datastoreReady: false): nodes apply the"
                            + " change after the lock is released");
        }
        show(snapshots);
        return CHANGED;
    }

    private void show(PlannedWrite write) {
        terminal.print(write.document().title() + " would be " + write.verb());
        FieldChanges.of(write.stored(), write.resource()).forEach(line -> terminal.print("  " + coloured(line)));
    }

    private void show(SnapshotForecast snapshots) {
        ForecastSummary summary = new ForecastSummary();
        int[] shown = {0};
        new ClusterForecast(snapshots, tunnelDevice).nodes().forEach(forecast -> {
            summary.add(forecast);
            boolean wanted = only.map(forecast.node()::equals).orElse(all || shown[0] < NODES_SHOWN);
            if (!forecast.diff().isEmpty() && wanted) {
                shown[0]++;
                show(forecast);
            }
        });
        if (only.isEmpty() && summary.nodesChanged() > shown[0]) {
            terminal.print("... and " + (summary.nodesChanged() - shown[0]) + " more nodes; --all shows them");
        }
        snapshots.after().pools().values().stream()
                .filter(pool -> !snapshots.before().pools().containsKey(pool.name()))
                .filter(pool -> snapshots.after().blocks().keySet().stream()
                        .noneMatch(block -> pool.cidr().contains(block)))
                .map(IpPool::name)
                .forEach(name -> terminal.print(
                        "pool " + name + " has no blocks yet: after apply, nodes claim blocks and add routes to them"));
        terminal.print(summary.sentence());
    }

    private void show(NodeForecast forecast) {
        terminal.print("node " + forecast.node()
                + forecast.address().map(address -> " (" + address + ")").orElse(""));
        List<String> lines = ForecastLines.of(forecast.diff(), forecast.unrouted(), tunnelDevice);
        int limit = all || only.isPresent() ? lines.size() : Math.min(lines.size(), LINES_SHOWN);
        lines.subList(0, limit).forEach(line -> terminal.print("  " + coloured(line)));
        if (limit < lines.size()) {
            terminal.print("  ... and " + (lines.size() - limit) + " more lines; --all or --node " + forecast.node()
                    + " shows them");
        }
    }

    private String coloured(String line) {
        return switch (line.charAt(0)) {
            case '+' -> terminal.green(line);
            case '-' -> terminal.red(line);
            default -> line;
        };
    }
}
