package io.culvert.operator.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code culvert create}. */
@Command(
        name = "create",
        description = "Create resources; none of them may exist.",
        footer = {"", "Examples:", "  culvert create -f pools.yaml", "  culvert create -f - < pool.json"})
final class CreateCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private WriteOptions options = new WriteOptions();

    CreateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        options.carryOut(Intent.CREATE, terminal);
        return 0;
    }
}
