package io.culvert.operator.cli.status;

import io.culvert.operator.cli.connect.EtcdOptions;
import io.culvert.operator.cli.input.Candidates;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.terminal.Format;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EtcdConnection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert status}. */
@Command(
        name = "status",
        description = {
            "Show how far the nodes have come with the pools, and what is wrong.",
            "Each pool with the nodes that have converged on it of those that are live; each node with the revision"
                    + " in its kernel and the time since etcd last heard of its agent; everything that is not as it"
                    + " should be, with the reason.",
            "A node without a live agent is down: its agent ended, or did not reach etcd for 30 s. The exit code is 0"
                    + " whatever is wrong in the cluster, 1 if etcd cannot be read; 'culvert wait' tells by its exit code."
        },
        footer = {"", "Examples:", "  culvert status", "  culvert status -w", "  culvert status -o json"})
public final class StatusCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            converter = Format.Converter.class,
            completionCandidates = Candidates.StatusFormats.class,
            description = "wide or json; without it tables.")
    private Format format = Format.TABLE;

    @Option(
            names = {"-w", "--watch"},
            description = "Go on: draw over the screen of a terminal; otherwise print one line for each change.")
    private boolean watch;

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    public StatusCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (format == Format.YAML || format == Format.NAME) {
            throw Refusal.invalid("-o takes wide or json here");
        }
        if (watch && format == Format.JSON) {
            throw Refusal.invalid("-w shows tables or lines; without it, -o json shows one moment");
        }
        boolean wide = format == Format.WIDE;
        try (EtcdConnection connection = etcd.connect()) {
            ClusterReader reader = new ClusterReader(connection);
            if (watch) {
                watch(new StatusWatch(reader, terminal, wide));
            }
            StatusView view = new StatusView(reader.read(), terminal, wide);
            (format == Format.JSON ? view.json() : view.tables()).forEach(terminal::print);
        }
        return 0;
    }

    private void watch(StatusWatch changes) {
        if (terminal.drawable()) {
            changes.onScreen();
        } else {
            changes.asLines();
        }
    }
}
