package io.culvert.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One run of a program, ended. */
record Command(List<String> words, int status, String out, String err) {

    private static final long LIMIT_SECONDS = 300;

    /** Runs and requires status 0. */
    static String run(String... words) {
        return run(Map.of(), words);
    }

    /** The same in an environment with more variables. */
    static String run(Map<String, String> environment, String... words) {
        Command command = attempt(environment, "", words);
        if (command.status != 0) {
            throw new AssertionError(command.toString());
        }
        return command.out;
    }

    static Command attempt(String... words) {
        return attempt(Map.of(), "", words);
    }

    /** Runs with added environment and standard input; waits for the end, not for ever. */
    static Command attempt(Map<String, String> environment, String input, String... words) {
        try {
            Path in = Files.createTempFile("in", null);
            Path out = Files.createTempFile("out", null);
            Path err = Files.createTempFile("err", null);
            try {
                Files.writeString(in, input);
                ProcessBuilder builder = new ProcessBuilder(words)
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
                builder.environment().putAll(environment);
                int status = end(builder.start(), words);
                return new Command(List.of(words), status, read(out), read(err));
            } finally {
                Files.delete(in);
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", words), e);
        }
    }

    /** Waits for the end, not for ever; the exit status. */
    static int end(Process process, String... words) {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("no end after " + LIMIT_SECONDS + " s: " + String.join(" ", words));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "%s: status %d%n%s%s".formatted(String.join(" ", words), status, out, err);
    }
}
