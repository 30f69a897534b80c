package io.culvert.operator.agent;

import io.culvert.netlink.SupervisorSocket;
import io.culvert.operator.http.Health;
import io.culvert.reconciler.kernel.KernelException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the supervisor that started this process, such as systemd, how it is, by {@code sd_notify(3)}: that it serves, that it
 * ends, one line of its readiness, and, where a watchdog asks for it, that it is alive. The sign of life is given by the truth of
 * {@code /livez} alone, so an agent whose kernel thread hangs is killed and started anew. One thread of its own.
 */
final class Supervision implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Supervision.class);

    /** How often the status line is told where no watchdog is in a greater hurry. */
    private static final Duration STATUS_PERIOD = Duration.ofSeconds(5);

    private final Consumer<String> supervisor;
    private final Optional<Duration> watchdog;
    private final Supplier<Health> live;
    private final Supplier<Health> ready;
    private final Thread thread = new Thread(this::run, "culvert-supervision");
    private boolean closed;
    private String told = "";

    /**
     * @param supervisor takes a message; a {@link KernelException} says that it did not
     * @param watchdog how long the supervisor bears silence, empty for ever
     */
    Supervision(
            Consumer<String> supervisor, Optional<Duration> watchdog, Supplier<Health> live, Supplier<Health> ready) {
        this.supervisor = supervisor;
        this.watchdog = watchdog;
        this.live = live;
        this.ready = ready;
        thread.setDaemon(true);
    }

    /** By the environment that the supervisor gave this process; empty where there is none that wants to hear. */
    static Optional<Supervision> of(
            Map<String, String> environment, long pid, Supplier<Health> live, Supplier<Health> ready) {
        return Optional.ofNullable(environment.get("NOTIFY_SOCKET"))
                .filter(name -> !name.isEmpty())
                .map(name ->
                        new Supervision(new SupervisorSocket(name)::send, watchdog(environment, pid), live, ready));
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
    void start() {
        thread.start();
    }

    private void run() {
        boolean serving = tell("READY=1\n" + signs());
        while (await(period())) {
            serving = tell((serving ? "" : "READY=1\n") + signs()) || serving;
        }
    }

    /** Twice within the time that the supervisor bears. */
    private Duration period() {
        Duration half = watchdog.map(limit -> limit.dividedBy(2)).orElse(STATUS_PERIOD);
        return half.compareTo(STATUS_PERIOD) < 0 ? half : STATUS_PERIOD;
    }

    private String signs() {
        String status = "STATUS=" + ready.get().reason().lines().findFirst().orElse("") + "\n";
        return watchdog.isPresent() && live.get().good() ? "WATCHDOG=1\n" + status : status;
    }

    private boolean tell(String message) {
        try {
            supervisor.accept(message);
            told = "";
            return true;
        } catch (KernelException e) {
            String failure = String.valueOf(e.getMessage());
            if (!failure.equals(told)) {
                LOG.warn("{}; it is tried again", failure);
                told = failure;
            }
            return false;
        }
    }

    private synchronized boolean await(Duration period) {
        long deadline = System.nanoTime() + period.toNanos();
        try {
            while (!closed && deadline - System.nanoTime() > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, deadline - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return !closed;
    }

    /** Says that the agent ends; nothing is said after that. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tell("STOPPING=1\n");
    }
}
