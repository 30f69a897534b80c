package io.culvert.operator.agent;

import io.culvert.netlink.SupervisorSocket;
import io.culvert.operator.http.Health;
import io.culvert.reconciler.kernel.KernelException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports to the supervisor that started this process, such as systemd, by {@code sd_notify(3)}: that it serves, that it ends,
 * one line of its readiness, and the watchdog's sign of life. The sign of life follows {@code /livez}, so an agent whose kernel
 * worker hangs is killed and restarted.
 */
final class SupervisionVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(SupervisionVerticle.class);

    /** Interval of the status line where no watchdog asks for a shorter one. */
    private static final Duration STATUS_PERIOD = Duration.ofSeconds(5);

    private final Consumer<String> supervisor;
    private final Optional<Duration> watchdog;
    private final Supplier<Health> live;
    private final Supplier<Health> ready;
    private long timer;
    private boolean serving;
    private String reported = "";

    /**
     * @param supervisor takes a message; a {@link KernelException} says that it did not. Must not block
     * @param watchdog after how much silence the supervisor kills the process, empty for never
     */
    SupervisionVerticle(
            Consumer<String> supervisor, Optional<Duration> watchdog, Supplier<Health> live, Supplier<Health> ready) {
        this.supervisor = supervisor;
        this.watchdog = watchdog;
        this.live = live;
        this.ready = ready;
    }

    /** By the environment that the supervisor gave this process; empty where no supervisor asks for reports. */
    static Optional<SupervisionVerticle> of(
            Map<String, String> environment, long pid, Supplier<Health> live, Supplier<Health> ready) {
        return Optional.ofNullable(environment.get("NOTIFY_SOCKET"))
                .filter(name -> !name.isEmpty())
                .map(name -> new SupervisionVerticle(
                        new SupervisorSocket(name)::send, watchdog(environment, pid), live, ready));
    }

    /** As {@code sd_watchdog_enabled(3)} reads it: it may be meant for another process that shares the environment. */
    static Optional<Duration> watchdog(Map<String, String> environment, long pid) {
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        String meant = environment.getOrDefault("WATCHDOG_PID", "");
        boolean other = !meant.isEmpty() && !meant.equals(Long.toString(pid));
        return other || !micros.matches("[1-9][0-9]{0,17}")
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(Long.parseLong(micros))));
    }

    /** From now on the agent serves. */
    @Override
    public Future<?> start() {
        report();
        timer = vertx.setPeriodic(Math.max(1, period().toMillis()), tick -> report());
        return Future.succeededFuture();
    }

    /** Twice within the time that the supervisor allows. */
    private Duration period() {
        Duration half = watchdog.map(limit -> limit.dividedBy(2)).orElse(STATUS_PERIOD);
        return half.compareTo(STATUS_PERIOD) < 0 ? half : STATUS_PERIOD;
    }

    private void report() {
        serving = send((serving ? "" : "READY=1\n") + signs()) || serving;
    }

    private String signs() {
        String status = "STATUS=" + ready.get().reason().lines().findFirst().orElse("") + "\n";
        return watchdog.isPresent() && live.get().good() ? "WATCHDOG=1\n" + status : status;
    }

    private boolean send(String message) {
        try {
            supervisor.accept(message);
            reported = "";
            return true;
        } catch (KernelException e) {
            String failure = String.valueOf(e.getMessage());
            if (!failure.equals(reported)) {
                LOG.warn("{}; retrying", failure);
                reported = failure;
            }
            return false;
        }
    }

    /** Says that the agent ends, as the last message. */
    @Override
    public Future<?> stop() {
        vertx.cancelTimer(timer);
        send("STOPPING=1\n");
        return Future.succeededFuture();
    }
}
