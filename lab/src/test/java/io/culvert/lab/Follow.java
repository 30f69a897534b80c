package io.culvert.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A program that runs beside the test, whose lines (standard output and error) are read as they come. */
final class Follow implements AutoCloseable {

    private static final int LIMIT_SECONDS = 60;

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Process process;
    private final Thread reader;

    private Follow(Process process) {
        this.process = process;
        this.reader = new Thread(this::read, "follow");
        this.reader.setDaemon(true);
        this.reader.start();
    }

    /**
     * Starts it. The words must lead to one process, which replaces those before it: SIGINT goes to that. It would inherit that SIGINT is
     * ignored where the tests run in the background of a shell.
     */
    static Follow start(String... words) {
        List<String> obeying = new ArrayList<>(List.of("env", "--default-signal"));
        obeying.addAll(List.of(words));
        try {
            return new Follow(
                    new ProcessBuilder(obeying).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", words), e);
        }
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("reading stopped: " + e);
        }
    }

    List<String> lines() {
        return lines;
    }

    long count(Predicate<String> matching) {
        return lines.stream().filter(matching).count();
    }

    /** Waits until a line matches. */
    Follow await(String what, Predicate<String> matching) {
        Eventually.passes(() -> {
            if (lines.stream().noneMatch(matching)) {
                throw new AssertionError("no " + what + " in " + lines);
            }
        });
        return this;
    }

    /** Ends the program as Ctrl-C would, and reads what it says to that. */
    @Override
    public void close() {
        if (process.isAlive()) {
            Command.attempt("kill", "-INT", Long.toString(process.pid()));
        }
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("survived SIGINT for " + LIMIT_SECONDS + " s: " + process.info());
            }
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
