package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.http.Health;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a supervisor hears, from the rules and from the real agent by a real socket. */
@Timeout(120)
class SupervisionVerticleTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Health GOOD = new Health(true, "ready: the kernel holds revision 7\nmore");
    private static final Health BAD = new Health(false, "not ready");

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final AtomicBoolean alive = new AtomicBoolean(true);

    private final Vertx vertx = Agent.vertx();

    @AfterEach
    void close() {
        Agent.join(vertx.close());
    }

    private SupervisionVerticle supervision(Consumer<String> supervisor) {
        return new SupervisionVerticle(
                supervisor, Optional.of(Duration.ofMillis(20)), () -> alive.get() ? GOOD : BAD, () -> GOOD);
    }

    private String next() throws InterruptedException {
        return String.valueOf(heard.poll(LIMIT.toSeconds(), TimeUnit.SECONDS));
    }

    @Test
    void saysThatItServesThatItLivesAndThatItEnds() throws Exception {
        String id = Agent.join(vertx.deployVerticle(supervision(heard::add)));
        assertThat(next()).isEqualTo("READY=1\nWATCHDOG=1\nSTATUS=ready: the kernel holds revision 7\n");
        assertThat(next()).isEqualTo("WATCHDOG=1\nSTATUS=ready: the kernel holds revision 7\n");
        Agent.join(vertx.undeploy(id));
        assertThat(List.copyOf(heard)).endsWith("STOPPING=1\n").containsOnlyOnce("STOPPING=1\n");
    }

    @Test
    void isSilentToTheWatchdogWhileTheKernelWorkerHangs() throws Exception {
        Agent.join(vertx.deployVerticle(supervision(heard::add)));
        assertThat(next()).contains("WATCHDOG=1");
        alive.set(false);
        eventuallyNext("STATUS=ready: the kernel holds revision 7\n");
        assertThat(next()).isEqualTo("STATUS=ready: the kernel holds revision 7\n");
        alive.set(true);
        eventuallyNext("WATCHDOG=1\nSTATUS=ready: the kernel holds revision 7\n");
    }

    private void eventuallyNext(String message) throws InterruptedException {
        String last = next();
        while (!last.equals(message)) {
            assertThat(last).isNotEqualTo("null");
            last = next();
        }
    }

    @Test
    void saysThatItServesUntilThatIsHeard() throws InterruptedException {
        AtomicInteger deaf = new AtomicInteger(2);
        Agent.join(vertx.deployVerticle(supervision(message -> {
            if (deaf.getAndDecrement() > 0) {
                throw new KernelException("nobody reads", Errno.EAGAIN);
            }
            heard.add(message);
        })));
        assertThat(next()).startsWith("READY=1\n");
        assertThat(next()).startsWith("WATCHDOG=1\n");
    }

    @Test
    void knowsWhetherAWatchdogIsMeant() {
        assertThat(SupervisionVerticle.watchdog(Map.of("WATCHDOG_USEC", "3000000"), 5))
                .contains(Duration.ofSeconds(3));
        assertThat(SupervisionVerticle.watchdog(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "5"), 5))
                .contains(Duration.ofSeconds(3));
        assertThat(SupervisionVerticle.watchdog(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "6"), 5))
                .isEmpty();
        assertThat(SupervisionVerticle.watchdog(Map.of("WATCHDOG_USEC", "0"), 5))
                .isEmpty();
        assertThat(SupervisionVerticle.watchdog(Map.of(), 5)).isEmpty();
        assertThat(SupervisionVerticle.of(Map.of(), 5, () -> GOOD, () -> GOOD)).isEmpty();
    }

    /** Etcd is down all the while: a supervisor that waited for the first cycle would wait for ever. */
    @Test
    void theAgentTellsItsSupervisor(@TempDir Path directory) throws Exception {
        try (ThreeNodes lab = new ThreeNodes(directory)) {
            lab.killEtcd();
            Path socket = directory.resolve("notify");
            Path messages = directory.resolve("messages");
            lab.startIn("n1", messages, List.of("socat", "-u", "UNIX-RECV:" + socket, "STDOUT"));
            lab.eventually("the supervisor listens", () -> Files.exists(socket));
            List<String> words = new ArrayList<>(List.of("env", "NOTIFY_SOCKET=" + socket, "WATCHDOG_USEC=200000"));
            words.addAll(lab.culvert("n1", "agent"));
            Process agent = lab.startIn("n1", directory.resolve("agent.log"), words);

            lab.eventually(
                    "it serves", () -> said(messages).contains("READY=1\nWATCHDOG=1\nSTATUS=not ready: no complete"));
            assertThat(lab.get("n1", "/livez")).contains(" 200 ");
            lab.eventually("it lives", () -> signsOfLife(messages) > 5);
            agent.destroy();
            agent.waitFor();
            lab.eventually("it ends", () -> said(messages).contains("STOPPING=1\n"));
        }
    }

    private static long signsOfLife(Path messages) {
        return said(messages).lines().filter("WATCHDOG=1"::equals).count();
    }

    private static String said(Path messages) {
        try {
            return Files.readString(messages);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
