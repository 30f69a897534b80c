package io.culvert.operator.cli;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.ResourceStore;
import io.culvert.operator.etcd.StatusReader;
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
                    + " in its kernel; everything that is not as it should be, with the reason."
        },
        footer = {"", "Examples:", "  culvert status -o json", "  culvert status"})
final class StatusCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            converter = Format.Converter.class,
            description = "json; without it tables.")
    private Format format = Format.TABLE;

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    StatusCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (format != Format.TABLE && format != Format.JSON) {
            throw Refusal.invalid("-o takes json here");
        }
        ClusterStatus status;
        try (EtcdConnection connection = etcd.connect()) {
            ResourceStore store = new ResourceStore(connection);
            status = ClusterStatus.of(
                    store.list(Kind.IP_POOL.plural()),
                    store.list(Kind.NODE.plural()),
                    new StatusReader(connection).read());
        }
        StatusView view = new StatusView(status, terminal);
        (format == Format.JSON ? view.json() : view.tables()).forEach(terminal::print);
        return 0;
    }
}
