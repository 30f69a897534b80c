package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What users are told when agents hang and die: three real agents, and the commands as processes. */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(120)
class StatusEndToEndTest {

    /** The lease of 30 s, and what etcd may take to notice its end and a command to start. */
    private static final Duration LEASE = Duration.ofSeconds(40);

    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration START = Duration.ofSeconds(60);

    private static final String POOL = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: web
            spec:
              cidr: 192.168.0.0/16
              ipipMode: Never
              natOutgoing: %s
            """;

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;

    @BeforeAll
    static void build() throws IOException {
        lab = new ThreeNodes(directory);
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    @Test
    @Order(1)
    void statusFollowsTheAgentsAsTheyStart() throws IOException {
        assertThat(apply(true, "0s")).contains("ippool/web created", "no live agent", "exit 1");
        for (String node : ThreeNodes.NODES) {
            lab.startAgent(node);
        }
        long start = System.nanoTime();
        String status = culvert("status");
        while (!status.contains(" 3/3 ")) {
            assertThat(Duration.ofNanos(System.nanoTime() - start)).as(status).isLessThan(START);
            status = statusAfterAPause();
        }

        assertThat(status)
                .containsPattern("(?m)^web +192.168.0.0/16 +Never +true +3/3 +\\d+$")
                .containsPattern("(?m)^n2 +10.0.1.12/24 +\\d+ +0 +\\d+s ago$");
    }

    @Test
    @Order(2)
    void anAgentThatHangsIsNamedWithWhatItLacksAndWaitedForWhenItGoesOn() throws IOException {
        lab.signal("n2", "STOP");

        assertThat(apply(false, "5s"))
                .contains("error: ippool/web has not converged within 5.0 s: 2/3 nodes converged; waiting for n2")
                .containsPattern("(?m)^error: node n2 is at revision \\d+ of \\d+$")
                .contains("exit 1");
        assertThat(culvert("status"))
                .containsPattern("(?m)^lagging: ippool/web: is at revision \\d+ of \\d+ \\(n2\\)$");

        lab.signal("n2", "CONT");
        assertThat(culvert("wait", "ippool/web", "--timeout=30s"))
                .contains("ippool/web converged on 3 nodes", "exit 0");
    }

    @Test
    @Order(3)
    void anAgentThatIsKilledIsDownWhenItsLeaseHasEnded() {
        lab.signal("n3", "KILL");
        long killed = System.nanoTime();
        String status = culvert("status");
        while (!status.contains("down: node/n3: no agent")) {
            assertThat(Duration.ofNanos(System.nanoTime() - killed)).as(status).isLessThan(LEASE);
            status = statusAfterAPause();
        }
        System.out.printf(
                Locale.ROOT,
                "figure: an agent is killed, status says down: %.1f s%n",
                (System.nanoTime() - killed) / 1e9);

        assertThat(status)
                .containsPattern("(?m)^web +192.168.0.0/16 +Never +false +2/2 +\\d+$")
                .containsPattern("(?m)^n3 +10.0.1.13/24 +- +- +down$");
        assertThat(culvert("wait", "ippool/web", "--timeout=30s"))
                .contains("ippool/web converged on 2 nodes", "skipped nodes without a live agent: n3", "exit 0");
    }

    /** A cycle shortly before the lease is due must not put it off. */
    @Test
    @Order(4)
    void anAgentThatIsBusyNowAndThenIsNotSilent() {
        awaitSeen("n1", 7, 9);
        String route = lab.run("n1", "ip", "route", "show", "proto", "90", "type", "unicast");
        lab.run("n1", "ip", "route", "del", route.substring(0, route.indexOf(' ')));
        assertThat(awaitSeen("n1", 0, 6)).doesNotContain("silent: node/n1");
    }

    /** Reads the status until etcd last heard of a node's agent that many seconds ago, or it is silent. */
    private static String awaitSeen(String node, int from, int to) {
        Pattern seen = Pattern.compile("(?m)^" + node + " .* (\\d+)s ago$");
        long start = System.nanoTime();
        while (true) {
            String status = statusAfterAPause();
            Matcher line = seen.matcher(status);
            assertThat(line.find()).as(status).isTrue();
            int seconds = Integer.parseInt(line.group(1));
            if (seconds >= from && seconds <= to || status.contains("silent: node/" + node)) {
                return status;
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).as(status).isLessThan(LEASE);
        }
    }

    private static String statusAfterAPause() {
        LockSupport.parkNanos(PAUSE.toNanos());
        return culvert("status");
    }

    private static String apply(boolean nat, String patience) throws IOException {
        Path file = directory.resolve("pool.yaml");
        Files.writeString(file, POOL.formatted(nat));
        return culvert("apply", "--wait=" + patience, "-f", file.toString());
    }

    /** Runs a command on n1; its exit code is at the end of what it printed. */
    private static String culvert(String... arguments) {
        return lab.run("n1", "bash", "-c", String.join(" ", lab.culvert("n1", arguments)) + "; echo exit $?");
    }
}
