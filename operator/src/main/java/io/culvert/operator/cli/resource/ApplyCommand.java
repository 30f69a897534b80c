package io.culvert.operator.cli.resource;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.cli.input.DurationConverter;
import io.culvert.operator.cli.status.ClusterReader;
import io.culvert.operator.cli.status.ClusterStatus;
import io.culvert.operator.cli.status.ConvergenceWait;
import io.culvert.operator.cli.status.Goal;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.resource.ResourceStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert apply}. */
@Command(
        name = "apply",
        description = {
            "Create resources or modify existing ones.",
            "Prints created, configured or unchanged for each. Checks every document before it writes anything.",
            "Skips resources of Calico's other kinds and pools that Culvert does not support, names them, and exits with 1."
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
public final class ApplyCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private WriteOptions options = new WriteOptions();

    @Option(
            names = "--wait",
            arity = "0..1",
            fallbackValue = "60s",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "Wait until every live node has converged; fail after DURATION (default 60s). Nodes without a"
                    + " live agent are named and skipped; while no agent is live, wait for one. Pools that Culvert"
                    + " leaves alone are skipped.")
    private @Nullable Duration timeout;

    public ApplyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        WriteOptions.Outcome outcome = options.carryOut(Intent.APPLY, terminal);
        if (timeout != null) {
            await(outcome.writes(), timeout);
        }
        return outcome.exitCode();
    }

    private void await(List<PlannedWrite> written, Duration time) {
        List<Goal> goals = new ArrayList<>();
        for (PlannedWrite write : written) {
            goal(write).ifPresent(goals::add);
        }
        if (goals.isEmpty()) {
            return;
        }
        try (EtcdConnection connection = options.etcd().connect()) {
            new ConvergenceWait(new ClusterReader(connection), terminal, time).forAll(goals);
        }
    }

    private Optional<Goal> goal(PlannedWrite write) {
        String name = write.document().name();
        if (write.document().kind() == Kind.NODE) {
            return Optional.of(new Goal.NodeFollowed(
                    name, ResourceStore.version(write.resource().document())));
        }
        if (ClusterStatus.leftAlone(write.resource())) {
            terminal.warn("not waiting for " + write.document().title()
                    + ": its vxlanMode or IP version rules out IP-in-IP, so Culvert leaves it alone");
            return Optional.empty();
        }
        return Optional.of(new Goal.PoolConverged(name));
    }
}
