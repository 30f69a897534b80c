package io.culvert.operator.cli.resource;

import io.culvert.operator.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code culvert replace}. */
@Command(
        name = "replace",
        description = "Modify resources; fail if one does not exist.",
        footer = {
            "",
            "Examples:",
            "  culvert get ippool blue -o yaml | sed s/Always/CrossSubnet/ | culvert replace -f -",
            "  culvert replace --dry-run -f pools/"
        })
public final class ReplaceCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private WriteOptions options = new WriteOptions();

    public ReplaceCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        return options.carryOut(Intent.REPLACE, terminal).exitCode();
    }
}
