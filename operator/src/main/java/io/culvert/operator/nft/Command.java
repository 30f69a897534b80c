package io.culvert.operator.nft;

import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A program of the host that is run to its end, within a time limit. */
final class Command {

    private final List<String> words;
    private final String advice;
    private final Duration limit;

    /**
     * @param words the program, and the words before its arguments, for example to enter another namespace first
     * @param advice what to do where it is missing
     */
    Command(List<String> words, String advice, Duration limit) {
        this.words = List.copyOf(words);
        this.advice = advice;
        this.limit = limit;
    }

    /**
     * How it ended.
     *
     * @param exit its exit status, 0 when it succeeded
     */
    record Result(int exit, String output, String errors) {}

    /**
     * Runs it.
     *
     * @param script its standard input
     * @param outputMax in bytes; a program that prints more is stopped
     * @throws KernelException if it does not start, does not end in time or prints too much
     */
    Result run(List<String> arguments, String script, int outputMax) {
        List<String> command = new ArrayList<>(words);
        command.addAll(arguments);
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            // The agent's environment has passwords in it.
            builder.environment().keySet().retainAll(Set.of("PATH"));
            // One stream is read after the other, so a script's output shares the stream of its errors, which may be
            // long.
            builder.redirectErrorStream(!script.isEmpty());
            Process process = builder.start();
            CompletableFuture<Process> end = endOrKill(process);
            try (OutputStream in = process.getOutputStream()) {
                in.write(script.getBytes(StandardCharsets.UTF_8));
            }
            String output = text(process.getInputStream(), outputMax);
            if (output.length() >= outputMax) {
                process.destroyForcibly();
                throw new KernelException(name() + " printed more than " + outputMax + " bytes", Errno.EIO);
            }
            String errors = text(process.getErrorStream(), outputMax) + (script.isEmpty() ? "" : output);
            return new Result(end.get().exitValue(), output, errors.strip());
        } catch (ExecutionException late) {
            throw new KernelException(name() + " did not answer within " + limit.toSeconds() + " s", Errno.EIO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KernelException("interrupted while " + name() + " ran", e);
        } catch (IOException e) {
            throw new KernelException(
                    "'" + String.join(" ", words) + "' failed to start (" + e.getMessage() + "): " + advice, e);
        }
    }

    private String name() {
        return words.get(words.size() - 1);
    }

    /** Only a process that hangs is killed: killing one that has ended closes its output before it is read. */
    private CompletableFuture<Process> endOrKill(Process process) {
        return process.onExit()
                .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((ended, late) -> {
                    if (late != null) {
                        process.destroyForcibly();
                    }
                });
    }

    private static String text(InputStream stream, int bytesMax) {
        try {
            return new String(stream.readNBytes(bytesMax), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(its output could not be read: " + e.getMessage() + ")";
        }
    }
}
