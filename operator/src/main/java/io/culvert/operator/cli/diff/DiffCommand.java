package io.culvert.operator.cli.diff;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.cli.connect.EtcdOptions;
import io.culvert.operator.cli.diff.ClusterForecast.NodeForecast;
import io.culvert.operator.cli.input.Document;
import io.culvert.operator.cli.input.FileOptions;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.resource.Intent;
import io.culvert.operator.cli.resource.PlannedWrite;
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
            "Show what apply would change: each resource field by field, then every node's kernel, then one sentence.",
            "Works without any agent. It tells what the datastore asks for before and after, not what a kernel holds:",
            "that is 'culvert plan', on the node. A node's own gateways, underlay device and MTU are not known here."
        },
        footer = {
            "",
            "Examples:",
            "  culvert diff -f pools.yaml",
            "  culvert diff -f pools.yaml --node n1",
            "  culvert diff --all -f - < pools.yaml",
            "",
            "Exit codes: 0 nothing would change; 1 something would; 2 invalid input; 3 the datastore cannot be read."
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

    @Option(names = "--node", paramLabel = "NODE", description = "Show this node only; the sentence counts all.")
    private Optional<String> only = Optional.empty();

    @Option(
            names = "--all",
            description = "Show every node and every line; without it the first " + NODES_SHOWN
                    + " nodes that change, and " + LINES_SHOWN + " lines of each.")
    private boolean all;

    @Option(
            names = "--tunnel-device",
            paramLabel = "NAME",
            defaultValue = "${env:CULVERT_TUNNEL_DEVICE:-culvert0}",
            description = "Name of the nodes' tunnel device. [CULVERT_TUNNEL_DEVICE, culvert0]")
    private String tunnelDevice = "";

    public DiffCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        List<Document> documents = files.documents(terminal.in());
        try (EtcdConnection connection = etcd.connect()) {
            return compare(documents, connection);
        } catch (DatastoreException unreadable) {
            throw Refusal.failed(String.valueOf(unreadable.getMessage())).withExitCode(TROUBLE);
        } catch (Refusal refusal) {
            throw refusal.exitCode() == CHANGED ? refusal.withExitCode(TROUBLE) : refusal;
        }
    }

    private int compare(List<Document> documents, EtcdConnection connection) {
        ResourceStore store = new ResourceStore(connection);
        Map<String, ObjectNode> writes = new LinkedHashMap<>();
        for (PlannedWrite write : new Writer(store, Intent.APPLY, terminal).plan(documents)) {
            if (write.verb() == PlannedWrite.Verb.UNCHANGED) {
                terminal.print(write.toString());
            } else {
                show(write, store);
                writes.put(
                        Keys.resource(
                                write.document().kind().plural(),
                                write.document().name()),
                        write.content());
            }
        }
        if (writes.isEmpty()) {
            return 0;
        }
        SnapshotForecast snapshots = SnapshotForecast.of(connection, writes);
        only.filter(name -> !snapshots.after().nodes().containsKey(name)).ifPresent(name -> {
            throw Refusal.invalid("--node: there is no node " + name);
        });
        if (snapshots.before().locked()) {
            terminal.warn(
                    "the datastore is locked (ClusterInformation default says datastoreReady: false): nodes follow the"
                            + " change when it is ready again");
        }
        show(snapshots);
        return CHANGED;
    }

    private void show(PlannedWrite write, ResourceStore store) {
        Document document = write.document();
        Optional<ObjectNode> stored = store.get(document.kind().plural(), document.name());
        terminal.print(document.title() + " would be " + write.verb());
        FieldChanges.of(stored, write.content()).forEach(line -> terminal.print("  " + coloured(line)));
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
                .forEach(name -> terminal.print("pool " + name
                        + " has no blocks yet: nodes claim theirs after apply, and routes to them follow"));
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
