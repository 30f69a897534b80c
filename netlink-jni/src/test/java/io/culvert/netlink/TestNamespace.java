package io.culvert.netlink;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A network namespace with lo and eth0 up, the latter a veth with 10.0.1.11/24. A process holds it that reads from this JVM,
 * so both end together, however the JVM ends.
 */
final class TestNamespace implements AutoCloseable {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Process holder;

    TestNamespace() {
        try {
            holder = new ProcessBuilder("unshare", "--net", "sh", "-c", "echo ready && exec cat")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader output = holder.inputReader(StandardCharsets.UTF_8);
            if (!"ready".equals(output.readLine())) {
                throw new IllegalStateException("cannot make a network namespace: these tests need root");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run("ip link set lo up");
        run("ip link add eth0 type veth peer name peer0");
        run("ip addr add 10.0.1.11/24 dev eth0");
        run("ip link set eth0 up");
        run("ip link set peer0 up");
        awaitCarrier();
    }

    /** The kernel announces the carrier some time after a link is set up; tests must not receive that. */
    private void awaitCarrier() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        for (String link : List.of("eth0", "peer0")) {
            while (!run("ip -o link show " + link).contains("state UP")) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException(link + " does not come up");
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    Path path() {
        return Path.of("/proc/" + holder.pid() + "/ns/net");
    }

    /** Runs a shell script inside and returns what it printed. */
    String run(String script) {
        try {
            Process process = start(script);
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(script + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts a shell script inside; it ends with this JVM. */
    Process start(String script) {
        try {
            return new ProcessBuilder(
                            "setpriv", "--pdeathsig", "KILL", "nsenter", "--net=" + path(), "sh", "-c", script)
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        holder.destroyForcibly();
    }
}
