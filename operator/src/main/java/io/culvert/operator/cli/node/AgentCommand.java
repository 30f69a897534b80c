package io.culvert.operator.cli.node;

import io.culvert.operator.agent.Agent;
import io.culvert.operator.agent.DryRun;
import io.culvert.operator.cli.terminal.AgentLog;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.cli.terminal.Version;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.OneCycle;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert agent}. */
@Command(
        name = "agent",
        description = {
            "Run the node operator in the foreground: watch etcd and reconcile this host's kernel with the pools.",
            "SIGTERM stops the agent and leaves the kernel as it is.",
            "CALICO_K8S_NODE_REF is the node's name in Kubernetes; the Node refers to it."
        },
        footer = {
            "",
            "Examples:",
            "  culvert agent --etcd-endpoints http://10.0.3.10:2379 --node-address 10.0.1.11/24",
            "  culvert agent --once --dry-run"
        })
public final class AgentCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Option(
            names = "--once",
            description = "Run one complete cycle, print plan and outcome, and exit: 0 if converged, 1 if not.")
    private boolean once;

    @Option(names = "--dry-run", description = "Print plans only; never write to the kernel or to etcd.")
    private boolean dryRun;

    public AgentCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        AgentConfig config = node.agentConfig();
        if (once) {
            AgentLog.silence();
            boolean fine = dryRun ? OneCycle.plan(config, terminal::print) : OneCycle.run(config, terminal::print);
            return fine ? 0 : 1;
        }
        AgentLog.configure();
        if (dryRun) {
            DryRun.run(config, terminal::print);
            return 1;
        }
        return Agent.run(config, Version.text(), AgentLog::reportBlockedThreads);
    }
}
