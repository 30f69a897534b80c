package io.culvert.operator.cli.status;

import static io.culvert.operator.cli.status.TestCluster.holding;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Eventually;
import io.culvert.operator.Signals;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.status.NodeStatus;
import io.culvert.operator.status.StatusWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code status -w} as a process, under a pseudo-terminal that script(1) makes and without one. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StatusWatchTest {

    private static final String WEB = "/calico/resources/v3/projectcalico.org/ippools/web";
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ ";
    private static final String POOL = "ippool/web: 10.1.0.0/16 ";
    /** Twice what is promised: other tests may keep the machine busy. */
    private static final Duration SOON = Duration.ofSeconds(2);

    private static final Duration LONG = Duration.ofSeconds(30);

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    @TempDir
    private Path directory;

    private final Map<String, StatusWriter> agents = new HashMap<>();
    private EtcdConnection etcd;
    private Process culvert;
    private int told;

    @BeforeEach
    void connect() throws IOException {
        etcd = EtcdConnection.open(EtcdConfig.plain(ETCD.endpoint()));
        pool("Always");
    }

    @AfterEach
    void end() {
        etcd.close();
        culvert.descendants().forEach(ProcessHandle::destroyForcibly);
        culvert.destroyForcibly().onExit().join();
    }

    @Test
    void drawsOverATerminalInPlaceAndGivesTheCursorBackWhenInterrupted() throws Exception {
        tell(holding("n1", 0, "web"));
        culvert = start(underATerminal());
        await("the first drawing", LONG, () -> printed().contains("\u001b[J"));
        assertThat(printed()).startsWith("\u001b[?25l\u001b[2J\u001b[HNAME ").doesNotContain("\u001b[?25h");

        tell(holding("n1", 1_000_000, "web"));
        await("the second drawing", SOON, () -> last(drawings()).matches("(?s).* 1/1 .*\u001b\\[J"));
        assertThat(printed()).containsOnlyOnce("\u001b[2J");
        assertThat(drawings()).allMatch(drawing -> drawing.endsWith("\u001b[J"));

        Signals.send("INT", java());
        culvert.onExit().join();
        assertThat(printed()).endsWith("\u001b[J\u001b[?25h");
    }

    @Test
    void printsALineForEachChangeWithinASecondWithoutATerminal() throws Exception {
        tell(holding("n1", 0, "web"));
        culvert = start(status());
        awaitLines(LONG, POOL + "Always, 0/1 nodes converged; waiting for n1", "node/n1: live");

        tell(holding("n1", 1_000_000, "web"));
        awaitLines(SOON, POOL + "Always, 1/1 nodes converged");
        pool("Never");
        awaitLines(SOON, POOL + "Never, 1/1 nodes converged");
        tell(holding("n2", 1_000_000, "web"));
        awaitLines(SOON, POOL + "Never, 2/2 nodes converged", "node/n2: live");
        agents.remove("n1").withdraw();
        awaitLines(SOON, "node/n1: gone", POOL + "Never, 1/1 nodes converged");

        Signals.send("INT", culvert.toHandle());
        culvert.onExit().join();
        assertThat(printed().lines()).allMatch(line -> line.matches(TIME + ".*"));
        assertThat(printed()).doesNotContain("\u001b");
    }

    @Test
    void survivesARestartOfEtcd() throws Exception {
        tell(holding("n1", 1_000_000, "web"));
        culvert = start(status());
        awaitLines(LONG, POOL + "Always, 1/1 nodes converged", "node/n1: live");

        ETCD.stop();
        await("the outage", LONG, () -> lines().size() == 3);
        assertThat(lines().get(2))
                .matches("datastore unreachable since " + TIME.strip() + ": .*" + ETCD.endpoint() + ".*");
        told = 3;
        ETCD.start();
        awaitLines(LONG, "datastore reachable again");
        pool("Never");
        awaitLines(SOON, POOL + "Never, 1/1 nodes converged");
    }

    private Process start(List<String> command) throws IOException {
        return new ProcessBuilder(Signals.obeying(command))
                .redirectErrorStream(true)
                .redirectOutput(output().toFile())
                .start();
    }

    private static List<String> status() {
        return List.of(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                "io.culvert.operator.Main",
                "status",
                "-w",
                "--etcd-endpoints",
                ETCD.endpoint());
    }

    /** {@code exec}, so that there is no shell between script and the command. */
    private static List<String> underATerminal() {
        return List.of("script", "-qec", "exec " + String.join(" ", status()), "/dev/null");
    }

    private ProcessHandle java() {
        return culvert.children().findFirst().orElseThrow();
    }

    private Path output() {
        return directory.resolve("output");
    }

    /** What it has printed; a terminal sends a carriage return before each line feed. */
    private String printed() throws IOException {
        return Files.exists(output()) ? Files.readString(output(), UTF_8).replace("\r\n", "\n") : "";
    }

    /** What follows each jump to the top. */
    private List<String> drawings() throws IOException {
        String[] parts = printed().split("\\Q\u001b[H\\E");
        return Arrays.asList(parts).subList(1, parts.length);
    }

    private static String last(List<String> texts) {
        return texts.get(texts.size() - 1);
    }

    /** The lines without their time. */
    private List<String> lines() throws IOException {
        return printed().lines().map(line -> line.replaceFirst("^" + TIME, "")).toList();
    }

    /** Waits for these as the next ones. */
    private void awaitLines(Duration patience, String... expected) throws Exception {
        int end = told + expected.length;
        await(String.join(", ", expected), patience, () -> lines().size() >= end);
        assertThat(lines().subList(told, end)).containsExactly(expected);
        told = end;
    }

    private void await(String what, Duration limit, Eventually.Condition condition) {
        Eventually.holds(what, limit, condition, this::printed);
    }

    private void tell(NodeStatus status) {
        agents.computeIfAbsent(status.node(), node -> new StatusWriter(etcd)).write(status);
    }

    private static void pool(String mode) throws IOException {
        ETCD.etcdctlReading(
                "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"web\"},\"spec\":{\"cidr\":\"10.1.0.0/16\",\"ipipMode\":\""
                        + mode + "\"}}",
                "put",
                WEB);
    }
}
