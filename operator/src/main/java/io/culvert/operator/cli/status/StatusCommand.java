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
            "Show which nodes have converged on each pool, and all problems.",
            "Per pool: nodes converged of nodes live. Per node: the revision applied to its kernel and the time since"
                    + " the last heartbeat of its agent. Then all problems, each with its reason.",
            "A node without a live agent is down: the agent stopped, or could not reach etcd for 30 s. Exits with 0 even"
                    + " if there are problems, with 1 if etcd cannot be read; for scripts use 'culvert wait'."
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
            description = "Output format: wide or json (default tables).")
    private Format format = Format.TABLE;

    @Option(
            names = {"-w", "--watch"},
            description = "Watch for changes: redraw the screen of a terminal, else print one line per change.")
    private boolean watch;

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    public StatusCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (format == Format.YAML || format == Format.NAME) {
            throw Refusal.invalid("-o must be wide or json here");
        }
        if (watch && format == Format.JSON) {
            throw Refusal.invalid("-w cannot be combined with -o json");
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
