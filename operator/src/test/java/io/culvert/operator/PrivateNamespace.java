package io.culvert.operator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A network namespace of this host's kernel that lives as long as a sleeping process in it, which dies with this JVM. */
public final class PrivateNamespace implements AutoCloseable {

    private final Process holder;

    public PrivateNamespace() throws IOException {
        holder = new ProcessBuilder(
                        "setpriv",
                        "--pdeathsig",
                        "KILL",
                        "unshare",
                        "--net",
                        "sh",
                        "-c",
                        "ip link set lo up && echo up && exec sleep infinity")
                .start();
        if (holder.getInputStream().read() < 0) {
            throw new IOException(
                    "no network namespace: " + text(holder.getErrorStream().readAllBytes()));
        }
    }

    /** The process whose namespace it is: what {@code ip link … netns} takes. */
    public long pid() {
        return holder.pid();
    }

    /** Starts a command in the namespace that dies with this JVM; its output goes to the file. */
    public Process start(Path output, List<String> words) throws IOException {
        List<String> command = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
        command.addAll(prefix());
        command.addAll(words);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** The words that make a command run in the namespace. */
    public List<String> prefix() {
        return List.of("nsenter", "--net=/proc/" + holder.pid() + "/ns/net");
    }

    /** Runs a command in the namespace and returns what it printed; a failure of it is an error. */
    public String run(String... words) {
        List<String> command = new ArrayList<>(prefix());
        command.addAll(List.of(words));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = text(process.getInputStream().readAllBytes());
            if (process.waitFor() != 0) {
                throw new AssertionError(String.join(" ", words) + " failed: " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        holder.destroyForcibly();
    }
}
