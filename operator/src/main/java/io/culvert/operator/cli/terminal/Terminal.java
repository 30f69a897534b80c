package io.culvert.operator.cli.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a command reads and writes.
 *
 * @param in standard input
 * @param out results
 * @param err faults and progress
 * @param colours whether both outputs lead to a terminal that shows colours
 */
public record Terminal(InputStream in, PrintWriter out, PrintWriter err, boolean colours) {

    private static final String ESCAPE = "\u001b[";

    /** The process's own. Colours need a terminal that can show them; see {@link #wantsColours}. */
    public static Terminal ofProcess() {
        return new Terminal(
                System.in,
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                isTerminal(1) && isTerminal(2) && wantsColours(System.getenv()));
    }

    /** Unless {@code NO_COLOR} has any value (no-color.org), or {@code TERM} is {@code dumb}. */
    public static boolean wantsColours(Map<String, String> environment) {
        return environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    // System.console() says yes for a pipe too since JDK 22; where a descriptor leads is in proc(5).
    private static boolean isTerminal(int descriptor) {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console");
        } catch (IOException unknown) {
            return false;
        }
    }

    /** Whether this is the process's own standard output, on a terminal. */
    public boolean drawable() {
        return in == System.in && isTerminal(1);
    }

    /** Writes a line of results. */
    public void print(String line) {
        out.println(line);
    }

    /** Writes a line about a fault. */
    public void error(String line) {
        err.println(red("error:") + " " + line);
    }

    /** Writes a warning. */
    public void warn(String line) {
        err.println(yellow("warning:") + " " + line);
    }

    public String green(String text) {
        return coloured("32", text);
    }

    public String yellow(String text) {
        return coloured("33", text);
    }

    public String red(String text) {
        return coloured("31", text);
    }

    private String coloured(String colour, String text) {
        return colours ? ESCAPE + colour + "m" + text + ESCAPE + "0m" : text;
    }
}
