package io.culvert.operator.cli.resource;

import io.culvert.operator.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert create}. */
@Command(
        name = "create",
        description = "Create resources; fail if one exists, unless --skip-exists is given.",
        footer = {"", "Examples:", "  culvert create -f pools.yaml", "  culvert create --skip-exists -f - < pool.json"})
public final class CreateCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private WriteOptions options = new WriteOptions();

    @Option(
            names = {"-s", "--skip-exists"},
            description = "Skip resources that exist.")
    private boolean skipExisting;

    public CreateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        return options.carryOut(skipExisting ? Intent.CREATE_MISSING : Intent.CREATE, terminal)
                .exitCode();
    }
}
