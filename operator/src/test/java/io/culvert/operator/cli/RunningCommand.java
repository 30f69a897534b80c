package io.culvert.operator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Eventually;
import io.culvert.operator.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A command that runs in this process while a test looks at what it has printed so far. */
public final class RunningCommand {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    // Any thread may read what a StringWriter holds: it is a StringBuffer.
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final CompletableFuture<Integer> exitCode;

    private RunningCommand(String stdin, List<String> arguments) {
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(stdin.getBytes(UTF_8)), new PrintWriter(out), new PrintWriter(err), false);
        this.exitCode = CompletableFuture.supplyAsync(
                () -> Invocation.run(terminal, arguments.toArray(String[]::new)), task -> new Thread(task).start());
    }

    public static RunningCommand of(String stdin, String endpoint, String... words) {
        List<String> arguments = new ArrayList<>(List.of(words));
        arguments.add("--etcd-endpoints=" + endpoint);
        return new RunningCommand(stdin, arguments);
    }

    /** Waits until standard output holds the text. */
    public void awaitOutput(String text) {
        await(out, text);
    }

    /** Waits until standard error holds the text. */
    public void awaitError(String text) {
        await(err, text);
    }

    private void await(StringWriter stream, String text) {
        Eventually.holds(
                "the output '" + text + "'",
                LIMIT,
                () -> {
                    boolean ended = hasEnded();
                    if (stream.toString().contains(text)) {
                        return true;
                    }
                    assertThat(ended)
                            .as("ended without '%s':%n%s%s", text, out, err)
                            .isFalse();
                    return false;
                },
                () -> out.toString() + err);
    }

    public boolean hasEnded() {
        return exitCode.isDone();
    }

    /** Waits for its end. */
    public CommandRun end() {
        return new CommandRun(
                exitCode.join(),
                out.toString().lines().toList(),
                err.toString().lines().toList());
    }
}
