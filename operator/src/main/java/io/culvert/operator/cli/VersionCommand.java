package io.culvert.operator.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code culvert version}. */
@Command(
        name = "version",
        description = "Print the version of this program.",
        footer = {"", "Examples:", "  culvert version", "  culvert version --help"})
public final class VersionCommand implements Callable<Integer> {

    private final Terminal terminal;

    VersionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        terminal.print("culvert " + version());
        return 0;
    }

    /** The version this program was built as. */
    public static String version() {
        Properties properties = new Properties();
        try (InputStream resource = VersionCommand.class.getResourceAsStream("version.properties")) {
            properties.load(Objects.requireNonNull(resource, "version.properties is missing from the jar"));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return properties.getProperty("version");
    }
}
