package io.culvert.operator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.ResourceStore;
import io.culvert.operator.etcd.StatusReader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culvert wait}. */
@Command(
        name = "wait",
        description = "Wait until every live node has converged on a pool; exit code 1 if that takes too long.",
        footer = {
            "",
            "Examples:",
            "  culvert wait ippool/ippool-ipip-1 --for=converged --timeout=60s",
            "  culvert wait pool/blue pool/green"
        })
final class WaitCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(arity = "1..*", paramLabel = "ippool/NAME", description = "The pools.")
    private List<String> words = List.of();

    @Option(
            names = "--for",
            paramLabel = "CONDITION",
            defaultValue = "converged",
            description = "What to wait for; there is only: converged.")
    private String condition = "";

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "60s",
            converter = DurationConverter.class,
            description = "How long, for all pools together; default ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ZERO;

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    WaitCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ResourceArguments wanted = ResourceArguments.parse(words);
        if (!condition.equals("converged")) {
            throw Refusal.invalid("--for=" + condition + ": there is only --for=converged");
        }
        if (wanted.kind() != Kind.IP_POOL || wanted.names().isEmpty()) {
            throw Refusal.invalid("name a pool to wait for: ippool/NAME");
        }
        try (EtcdConnection connection = etcd.connect()) {
            ResourceStore store = new ResourceStore(connection);
            ConvergenceWait wait = new ConvergenceWait(new StatusReader(connection), terminal, timeout);
            wanted.names().forEach(name -> wait.forPool(name, ResourceStore.version(pool(store, name))));
        }
        return 0;
    }

    private static ObjectNode pool(ResourceStore store, String name) {
        return store.get(Kind.IP_POOL.plural(), name)
                .orElseThrow(() -> Refusal.failed("ippool/" + name + " does not exist"));
    }
}
