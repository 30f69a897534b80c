package io.culvert.operator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.culvert.operator.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * How a command ended that ran in this process.
 *
 * @param out lines on standard output
 * @param err lines on standard error
 */
public record CommandRun(int exitCode, List<String> out, List<String> err) {

    public static CommandRun of(String stdin, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(stdin.getBytes(UTF_8)), new PrintWriter(out), new PrintWriter(err), false);
        int exitCode = Invocation.run(terminal, arguments);
        return new CommandRun(
                exitCode,
                out.toString().lines().toList(),
                err.toString().lines().toList());
    }
}
