package io.culvert.operator.etcd;

import io.culvert.operator.Eventually;
import io.culvert.operator.Signals;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real etcd on free ports of the loopback interface, with its data in a directory of its own, for the tests of one class.
 * It runs and is empty at the start of each test. It dies with this JVM, however that ends.
 */
public final class EtcdServer implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {

    private static final Pattern MEMBER_AND_LEADER = Pattern.compile("\"member_id\":(\\d+).*\"leader\":(\\d+)");

    private final List<String> extraArguments = new ArrayList<>();
    private String scheme = "http";
    private int clientPort;
    private int peerPort;
    private Path directory;
    private Process process;

    /** A server with further arguments; those that begin with {@code --cert-file} make it speak https. */
    public EtcdServer(String... extraArguments) {
        this.extraArguments.addAll(List.of(extraArguments));
        if (this.extraArguments.stream().anyMatch(argument -> argument.startsWith("--cert-file"))) {
            scheme = "https";
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        directory = Files.createTempDirectory("culvert-etcd");
        clientPort = freePort();
        peerPort = freePort();
        start();
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        if (!isRunning()) {
            start();
        }
        if (extraArguments.isEmpty()) {
            etcdctl("del", "", "--prefix");
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        stop();
        deleteData();
        Files.delete(directory);
    }

    public String endpoint() {
        return scheme + "://127.0.0.1:" + clientPort;
    }

    public int port() {
        return clientPort;
    }

    /** Starts it and waits until it answers. */
    public void start() throws IOException {
        String clientUrl = endpoint();
        String peerUrl = "http://127.0.0.1:" + peerPort;
        List<String> command = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "etcd"));
        command.addAll(List.of("--name", "test", "--data-dir", data().toString(), "--log-level", "error"));
        command.addAll(List.of("--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl));
        command.addAll(List.of("--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl));
        command.addAll(List.of("--initial-cluster", "test=" + peerUrl));
        command.addAll(extraArguments);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        Eventually.holds("etcd listens", this::isListening);
    }

    private boolean isListening() {
        if (!process.isAlive()) {
            throw new AssertionError("etcd ended at its start; see " + directory.resolve("log"));
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), clientPort)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Whether it answers a client that asks for the first time, and has a leader. */
    public boolean isHealthy() {
        try (InputStream answer = URI.create(endpoint() + "/health").toURL().openStream()) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8).contains("true");
        } catch (IOException notYet) {
            return false;
        }
    }

    boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** Ends it at once, as a crash would. */
    public void stop() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Sends it a signal, named as kill(1) names it. */
    public void signal(String name) throws IOException {
        Signals.send(name, process.toHandle());
    }

    /** Has each of its writes to the disk take that much longer, until the process that sees to it is ended. */
    public Process slowDisk(Duration delay) throws IOException {
        Path trace = directory.resolve("strace");
        List<String> command = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "strace", "-f", "-o"));
        command.addAll(List.of(trace.toString(), "-e", "trace=fdatasync", "-p", Long.toString(process.pid())));
        command.addAll(List.of("-e", "inject=fdatasync:delay_exit=" + TimeUnit.NANOSECONDS.toMicros(delay.toNanos())));
        Process strace = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("strace.log").toFile())
                .start();
        Eventually.holds("its disk is slow", () -> {
            etcdctl("put", "/slow", "");
            return Files.exists(trace) && Files.readString(trace).contains("DELAYED");
        });
        return strace;
    }

    /** Whether it leads its cluster. */
    boolean isLeader() throws IOException {
        Matcher ids = MEMBER_AND_LEADER.matcher(etcdctl("endpoint", "status", "-w", "json"));
        return ids.find() && ids.group(1).equals(ids.group(2));
    }

    /** Removes all data of the server, whether it runs or not. */
    public void deleteData() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .filter(path -> !path.equals(directory))
                    .map(Path::toFile)
                    .forEach(File::delete);
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    /** Runs etcdctl against it and returns what it prints. */
    public String etcdctl(String... arguments) throws IOException {
        return etcdctlReading("", arguments);
    }

    /** The same with something to read. */
    public String etcdctlReading(String input, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("etcdctl", "--endpoints", endpoint()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("ETCDCTL_API", "3");
        Process run = builder.start();
        try (OutputStream stdin = run.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (run.onExit().join().exitValue() != 0) {
            throw new AssertionError(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    /**
     * Runs a script by bash in which etcdctl finds this server; a failure of it is an error.
     *
     * @param user with password, {@code root:secret}
     */
    public void shell(String user, String script) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-ec", script).redirectErrorStream(true);
        builder.environment().put("ETCDCTL_API", "3");
        builder.environment().put("ETCDCTL_ENDPOINTS", endpoint());
        builder.environment().put("ETCDCTL_USER", user);
        Process run = builder.start();
        String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (run.onExit().join().exitValue() != 0) {
            throw new AssertionError(script + ": " + output);
        }
    }

    /** Waits until the connection works: one that was refused a moment ago pauses before it tries again. */
    public static void awaitAnswer(EtcdConnection etcd) {
        Eventually.holds("etcd answers", () -> {
            try {
                etcd.revision("any");
                return true;
            } catch (DatastoreException notYet) {
                return false;
            }
        });
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
