package io.culvert.operator.cli.node;

import io.culvert.operator.cli.terminal.AgentLog;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.node.OneCycle;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code culvert plan}. */
@Command(
        name = "plan",
        description = {
            "On a node: print the changes that the agent's next cycle would make, one per line.",
            "Prints nothing if the kernel is converged. Writes nothing."
        },
        footer = {
            "",
            "Examples:",
            "  culvert plan --node-name n1",
            "  culvert plan --etcd-endpoints http://10.0.3.10:2379"
        })
public final class PlanCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private NodeOptions node = new NodeOptions();

    public PlanCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        AgentLog.silence();
        OneCycle.plan(node.config(), terminal::print);
        return 0;
    }
}
