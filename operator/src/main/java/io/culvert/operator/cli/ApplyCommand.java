package io.culvert.operator.cli;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.ResourceStore;
import io.culvert.operator.etcd.StatusReader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert apply}. */
@Command(
        name = "apply",
        description = {
            "Create resources, or modify those that exist.",
            "Prints what was done to each: created, configured or unchanged. Every document is checked before"
                    + " anything is written."
        },
        footer = {
            "",
            "Examples:",
            "  culvert apply -f pools/ --dry-run",
            "  culvert apply --wait -f - << EOF",
            "  apiVersion: projectcalico.org/v3",
            "  kind: IPPool",
            "  metadata:",
            "    name: ippool-ipip-1",
            "  spec:",
            "    cidr: 192.168.0.0/16",
            "    ipipMode: Always",
            "    natOutgoing: true",
            "  EOF"
        })
final class ApplyCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private WriteOptions options = new WriteOptions();

    @Option(
            names = "--wait",
            arity = "0..1",
            fallbackValue = "60s",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "Return when every live node has converged on the pools; fail after that time (60s).")
    private @Nullable Duration patience;

    ApplyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        List<PlannedWrite> written = options.carryOut(Intent.APPLY, terminal);
        if (patience != null) {
            await(written, patience);
        }
        return 0;
    }

    private void await(List<PlannedWrite> written, Duration time) {
        List<PlannedWrite> pools = written.stream()
                .filter(write -> write.document().kind() == Kind.IP_POOL)
                .toList();
        if (pools.isEmpty()) {
            return;
        }
        try (EtcdConnection connection = options.etcd().connect()) {
            ConvergenceWait wait = new ConvergenceWait(new StatusReader(connection), terminal, time);
            pools.forEach(pool -> wait.forPool(pool.document().name(), ResourceStore.version(pool.content())));
        }
    }
}
