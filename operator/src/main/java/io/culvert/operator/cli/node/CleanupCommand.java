package io.culvert.operator.cli.node;

import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.terminal.AgentLog;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.NodeKernel;
import io.culvert.operator.state.AgentLock;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.Outcome;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert cleanup}. */
@Command(
        name = "cleanup",
        description = {
            "On a node: remove every kernel object that Culvert owns and restore the sysctls.",
            "Stop the agent first: beside a running one it is refused. Changes nothing in etcd."
        },
        footer = {"", "Examples:", "  culvert cleanup --dry-run", "  culvert cleanup --node-name n1"})
public final class CleanupCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Option(names = "--dry-run", description = "Print what would be removed; remove nothing.")
    private boolean dryRun;

    @Option(
            names = "--force",
            description = "Clean up even if the agent runs. It restores everything; packets are lost.")
    private boolean force;

    public CleanupCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        AgentLog.silence();
        AgentConfig config = node.config();
        if (!dryRun && !force && AgentLock.isTaken(config.stateDirectory(), config.nodeName())) {
            throw Refusal.failed("the agent of node " + config.nodeName() + " is running and would restore everything,"
                    + " with packets lost meanwhile: stop it first, or use --force");
        }
        try (NodeKernel kernel = NodeKernel.openForCleanUp(config)) {
            if (dryRun) {
                kernel.cleanUpPlan().changes().forEach(change -> terminal.print(change.toString()));
                return 0;
            }
            NodeKernel.CleanUp done = kernel.cleanUp();
            done.outcomes().stream()
                    .filter(Outcome::succeeded)
                    .forEach(outcome -> terminal.print(outcome.change().toString()));
            done.outcomes().stream()
                    .filter(outcome -> !outcome.succeeded())
                    .forEach(outcome -> terminal.error(
                            outcome.change() + ": " + Errno.name(outcome.errno()) + " " + outcome.text()));
            done.obstacles().forEach(obstacle -> terminal.error(obstacle.toString()));
            return done.obstacles().isEmpty() && done.outcomes().stream().allMatch(Outcome::succeeded) ? 0 : 1;
        }
    }
}
