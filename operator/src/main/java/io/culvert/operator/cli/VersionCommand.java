package io.culvert.operator.cli;

import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.cli.terminal.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code culvert version}. */
@Command(
        name = "version",
        description = "Print the version of this program.",
        footer = {"", "Examples:", "  culvert version", "  culvert version --help"})
final class VersionCommand implements Callable<Integer> {

    private final Terminal terminal;

    VersionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        terminal.print("culvert " + Version.text());
        return 0;
    }
}
