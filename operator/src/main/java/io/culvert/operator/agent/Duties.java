package io.culvert.operator.agent;

import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.loop.Mailbox;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.NodeDuty;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.status.NodeStatus;
import io.culvert.operator.status.StatusOf;
import io.culvert.operator.status.StatusWriter;
import io.culvert.reconciler.desired.TunnelDevice;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resource.Snapshot;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the node owes to the datastore: its Node, its blocks, its tunnel address, its status. One thread does it all, from the
 * latest snapshot and the latest report, and again with back-off while etcd refuses.
 */
final class Duties implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Duties.class);
    private static final long REFRESH_MILLIS = StatusWriter.REFRESH.toMillis();
    /** A status names the revision, so each event in etcd is news; in a large cluster they come in swarms. */
    private static final Duration STATUS_INTERVAL = Duration.ofMillis(250);

    private static final Duration HAND_OVER_LIMIT = Duration.ofSeconds(3);
    private static final IntervalFunction BACKOFF =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(200), 2, 0.3, Duration.ofSeconds(5));

    private final AgentConfig config;
    private final InterfaceAddress address;
    private final String version;
    private final NodeDuty duty;
    private final StatusWriter statusWriter;
    private final Mailbox mailbox;
    private final Consumer<Optional<String>> ended;
    private final Thread thread = new Thread(this::run, "culvert-duties");

    private @Nullable Cycle cycle;
    private boolean pending;
    private boolean statusHeldBack;
    private long statusNanos = System.nanoTime() - STATUS_INTERVAL.toNanos();
    private long refreshedNanos = System.nanoTime();
    private boolean closed;
    private volatile boolean locked;

    /** A cycle that ended. */
    private record Cycle(Snapshot snapshot, Report report, Instant endedAt) {}

    /** @param ended is told after each attempt what went wrong, or that nothing did; called on the duties' thread */
    Duties(
            AgentConfig config,
            InterfaceAddress address,
            String version,
            EtcdConnection etcd,
            Mailbox mailbox,
            Consumer<Optional<String>> ended) {
        this.config = config;
        this.address = address;
        this.version = version;
        this.duty = new NodeDuty(etcd, config, address, this::handOver);
        this.statusWriter = new StatusWriter(etcd);
        this.mailbox = mailbox;
        this.ended = ended;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /**
     * A cycle ended. The node's own resources follow the kernel, not the snapshot: its tunnel address tells peers that its
     * tunnel is ready.
     */
    synchronized void put(Snapshot applied, Report report, Instant endedAt) {
        cycle = new Cycle(applied, report, endedAt);
        pending = true;
        notifyAll();
    }

    /** While held, nothing is written to etcd but the status. */
    synchronized void hold(boolean isLocked) {
        locked = isLocked;
        pending = true;
        notifyAll();
    }

    private void run() {
        int failures = 0;
        Optional<String> told = Optional.empty();
        long wait = REFRESH_MILLIS;
        while (await(wait)) {
            Optional<String> failure = attempt();
            failures = failure.isPresent() ? failures + 1 : 0;
            wait = failure.isPresent() ? BACKOFF.apply(Math.min(failures, 10)) : nextStatusMillis();
            if (!failure.equals(told)) {
                told = failure;
                failure.ifPresent(text -> LOG.warn("{}; it is tried again", text));
                ended.accept(failure);
            }
        }
    }

    /** Until a status that was held back may be written, or the lease has to be refreshed. */
    private long nextStatusMillis() {
        long sinceRefresh = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - refreshedNanos);
        return statusHeldBack ? STATUS_INTERVAL.toMillis() : Math.max(1, REFRESH_MILLIS - sinceRefresh);
    }

    /** Gives the kernel thread a tunnel address and waits, not for ever, until the device has it. */
    private void handOver(Optional<Address> tunnelAddress) {
        mailbox.putAssigned(tunnelAddress);
        long deadline = System.nanoTime() + HAND_OVER_LIMIT.toNanos();
        synchronized (this) {
            try {
                while (!closed && tunnelAddress.isPresent() && !deviceHas(tunnelAddress)) {
                    if (deadline - System.nanoTime() <= 0) {
                        return;
                    }
                    TimeUnit.NANOSECONDS.timedWait(this, deadline - System.nanoTime());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized boolean deviceHas(Optional<Address> tunnelAddress) {
        Cycle latest = cycle;
        return latest != null
                && latest.report.desired().tunnel().map(TunnelDevice::address).equals(Optional.of(tunnelAddress));
    }

    /** Waits for something to do, or until the lease has to be kept or a failed attempt repeated; false at the end. */
    private synchronized boolean await(long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            while (!closed && !pending && deadline - System.nanoTime() > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, deadline - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        pending = false;
        return !closed;
    }

    private Optional<String> attempt() {
        Optional<String> failure = attempt(this::ownResources);
        Optional<String> statusFailure = attempt(() -> writeStatus(failure));
        return failure.or(() -> statusFailure);
    }

    private static Optional<String> attempt(Supplier<List<String>> step) {
        try {
            List<String> problems = step.get();
            return problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
        } catch (DatastoreException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** By a snapshot that the brake holds nothing is given up, neither in etcd nor on the tunnel's device. */
    private List<String> ownResources() {
        Cycle latest = latestCycle();
        return latest == null || locked || latest.report.awaitsConfirmation()
                ? List.of()
                : duty.reconcile(latest.snapshot);
    }

    private List<String> writeStatus(Optional<String> failure) {
        Cycle latest = latestCycle();
        statusHeldBack = latest != null && System.nanoTime() - statusNanos < STATUS_INTERVAL.toNanos();
        if (latest != null && !statusHeldBack) {
            statusNanos = System.nanoTime();
            NodeStatus status = StatusOf.cycle(
                    config.nodeName(), address, version, latest.snapshot, latest.report, said(failure), latest.endedAt);
            statusWriter.write(status);
        }
        if (System.nanoTime() - refreshedNanos >= StatusWriter.REFRESH.toNanos()) {
            statusWriter.refresh();
            refreshedNanos = System.nanoTime();
        }
        return List.of();
    }

    private Optional<String> said(Optional<String> failure) {
        return locked ? Optional.of(DatastoreLock.LOCKED) : failure;
    }

    private synchronized @Nullable Cycle latestCycle() {
        return cycle;
    }

    /** Ends the duties and takes the status back, if etcd lets it. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        attempt(this::withdrawStatus).ifPresent(text -> LOG.warn("{}; the status goes with its lease", text));
    }

    private List<String> withdrawStatus() {
        statusWriter.withdraw();
        return List.of();
    }
}
