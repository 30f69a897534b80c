package io.culvert.operator.cli.status;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.cli.connect.EtcdOptions;
import io.culvert.operator.cli.input.Candidates;
import io.culvert.operator.cli.input.DurationConverter;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.input.ResourceArguments;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EtcdConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culvert wait}. */
@Command(
        name = "wait",
        description = {
            "Wait until every live node has converged on the pools; exit with 1 on timeout.",
            "Nodes without a live agent are named and skipped; while no agent is live, waits for one."
                    + " Progress goes to standard error."
        },
        footer = {
            "",
            "Examples:",
            "  culvert wait ippool/ippool-ipip-1 --for=converged --timeout=60s",
            "  culvert wait ippool/ippool-ipip-1 --for=delete"
        })
public final class WaitCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(arity = "1..*", paramLabel = "ippool/NAME", description = "Pools to wait for.")
    private List<String> words = List.of();

    @Option(
            names = "--for",
            paramLabel = "CONDITION",
            completionCandidates = Candidates.Goals.class,
            defaultValue = "converged",
            description =
                    "converged: every live node has programmed the pools as they are now; delete: the pools are gone"
                            + " from etcd and from every live node (default ${DEFAULT-VALUE}).")
    private String condition = "";

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "60s",
            converter = DurationConverter.class,
            description = "Time limit for all pools together (default ${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ZERO;

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    public WaitCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ResourceArguments wanted = ResourceArguments.parse(words);
        if (!condition.equals("converged") && !condition.equals("delete")) {
            throw Refusal.invalid("--for=" + condition + ": must be converged or delete");
        }
        if (wanted.kind() != Kind.IP_POOL || wanted.names().isEmpty()) {
            throw Refusal.invalid("missing pool to wait for: ippool/NAME");
        }
        Function<String, Goal> goal = condition.equals("delete") ? Goal.PoolGone::new : Goal.PoolConverged::new;
        try (EtcdConnection connection = etcd.connect()) {
            new ConvergenceWait(new ClusterReader(connection), terminal, timeout)
                    .forAll(wanted.names().stream().distinct().map(goal).toList());
        }
        return 0;
    }
}
