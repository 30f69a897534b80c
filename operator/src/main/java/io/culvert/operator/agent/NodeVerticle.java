package io.culvert.operator.agent;

import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.loop.KernelInbox;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.NodeResources;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.status.NodeStatus;
import io.culvert.operator.status.StatusOf;
import io.culvert.operator.status.StatusWriter;
import io.culvert.operator.worker.Turns;
import io.culvert.reconciler.net.Address;
import io.github.resilience4j.core.IntervalFunction;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes this node in etcd, on a worker of its own: its Node, its blocks, its tunnel address, its status. It follows cycles,
 * not snapshots: the tunnel address in the Node is the peers' signal that the tunnel receives. What etcd refuses is retried with
 * back-off.
 */
final class NodeVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(NodeVerticle.class);
    private static final long REFRESH_MILLIS = StatusWriter.REFRESH.toMillis();

    /** A status names the revision, so each event in etcd changes it; in a large cluster they come in swarms. */
    private static final Duration STATUS_INTERVAL = Duration.ofMillis(250);

    private static final Duration HAND_OVER_LIMIT = Duration.ofSeconds(3);
    private static final IntervalFunction BACKOFF =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(200), 2, 0.3, Duration.ofSeconds(5));

    private final AgentConfig config;
    private final String version;
    private final NodeResources resources;
    private final StatusWriter statusWriter;
    private final KernelInbox kernel;
    private final Consumer<Optional<String>> published;
    private final Consumer<Optional<String>> contested;
    private final Turns turns = new Turns(this::turn);
    private final NodeInbox inbox = new NodeInbox(turns::mark);

    private int failures;
    private Optional<String> reported = Optional.empty();
    private Optional<String> contestant = Optional.empty();
    private boolean statusHeldBack;
    private long statusNanos = System.nanoTime() - STATUS_INTERVAL.toNanos();
    private long refreshedNanos = System.nanoTime();

    /**
     * @param published receives what went wrong, or that nothing does any more; called on this verticle's worker
     * @param contested receives that another agent has this node's name, or that none has it any more; called there too
     */
    NodeVerticle(
            AgentConfig config,
            String version,
            EtcdConnection etcd,
            KernelInbox kernel,
            Consumer<Optional<String>> published,
            Consumer<Optional<String>> contested) {
        this.config = config;
        this.version = version;
        this.resources = new NodeResources(etcd, config, this::handOver);
        this.statusWriter = new StatusWriter(etcd);
        this.kernel = kernel;
        this.published = published;
        this.contested = contested;
    }

    @Override
    public Future<?> start() {
        turns.start(context);
        return Future.succeededFuture();
    }

    /** Where cycles that ended go. Any thread. */
    NodeInbox inbox() {
        return inbox;
    }

    private OptionalLong turn() {
        boolean wasContested = contestant.isPresent();
        Optional<String> failure = publish();
        failures = failure.isPresent() ? failures + 1 : 0;
        if (!failure.equals(reported)) {
            reported = failure;
            failure.ifPresent(text -> LOG.warn("{}; retrying", text));
            published.accept(failure);
        }
        if (wasContested && contestant.isEmpty()) {
            return OptionalLong.of(1);
        }
        return OptionalLong.of(failure.isPresent() ? BACKOFF.apply(Math.min(failures, 10)) : nextStatusMillis());
    }

    /** Until a status that was held back may be written, or the lease needs a refresh. */
    private long nextStatusMillis() {
        long sinceRefresh = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - refreshedNanos);
        return statusHeldBack ? STATUS_INTERVAL.toMillis() : Math.max(1, REFRESH_MILLIS - sinceRefresh);
    }

    /** Gives the kernel a tunnel address and waits, within a limit, until the device has it. */
    private void handOver(Optional<Address> tunnelAddress) {
        kernel.putAssigned(tunnelAddress);
        tunnelAddress.ifPresent(assigned -> inbox.awaitTunnelAddress(assigned, HAND_OVER_LIMIT));
    }

    /** The node's own resources are written only while this agent has the node's name. */
    private Optional<String> publish() {
        Optional<String> nameless = problems(this::takeName);
        reportContest();
        Optional<String> failure = nameless.isPresent() || contestant.isPresent()
                ? nameless
                : problems(this::writeResources).or(statusWriter::unguarded);
        Optional<String> statusFailure = problems(() -> writeStatus(failure));
        reportContest();
        return failure.or(() -> statusFailure);
    }

    /** The status is the name; somebody else who writes the Node may have taken it meanwhile. */
    private List<String> takeName() {
        inbox.latest().ifPresent(latest -> {
            if (!statusWriter.holds()) {
                statusWriter.write(status(latest, Optional.empty()));
            } else if (isMoved(latest)) {
                statusWriter.refresh();
            }
        });
        return List.of();
    }

    private boolean isMoved(NodeInbox.Cycle cycle) {
        return Optional.ofNullable(cycle.snapshot().nodes().get(config.nodeName()))
                .filter(node -> !node.address()
                        .equals(Optional.of(cycle.report().address().address())))
                .isPresent();
    }

    private void reportContest() {
        Optional<String> now = inbox.latest()
                .map(latest -> latest.report().address().address().toString())
                .flatMap(address -> statusWriter.rival().map(other -> other.contest(address)));
        if (!now.equals(contestant)) {
            contestant = now;
            LOG.error("{}", now.orElse("no other agent has the name " + config.nodeName() + " any more"));
            contested.accept(now);
        }
    }

    private static Optional<String> problems(Supplier<List<String>> step) {
        try {
            List<String> problems = step.get();
            return problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
        } catch (DatastoreException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** A snapshot that the brake holds releases nothing, neither in etcd nor on the tunnel device. */
    private List<String> writeResources() {
        return inbox.latest()
                .filter(latest -> !inbox.locked() && !latest.report().awaitsConfirmation())
                .map(latest ->
                        resources.reconcile(latest.snapshot(), latest.report().address()))
                .orElse(List.of());
    }

    private List<String> writeStatus(Optional<String> failure) {
        Optional<NodeInbox.Cycle> latest = inbox.latest();
        statusHeldBack = latest.isPresent() && System.nanoTime() - statusNanos < STATUS_INTERVAL.toNanos();
        if (latest.isPresent() && !statusHeldBack) {
            statusNanos = System.nanoTime();
            statusWriter.write(status(latest.get(), inbox.locked() ? Optional.of(DatastoreLock.LOCKED) : failure));
        }
        if (System.nanoTime() - refreshedNanos >= StatusWriter.REFRESH.toNanos()) {
            statusWriter.refresh();
            refreshedNanos = System.nanoTime();
        }
        return List.of();
    }

    private NodeStatus status(NodeInbox.Cycle cycle, Optional<String> ownResources) {
        return StatusOf.cycle(
                config.nodeName(), version, cycle.snapshot(), cycle.report(), ownResources, cycle.endedAt());
    }

    /** Nothing but the status is written any more. Any thread. */
    void end() {
        turns.end();
        inbox.end();
    }

    /** Removes the status, if etcd lets it, after a turn that is under way. */
    @Override
    public Future<?> stop() {
        end();
        return vertx.executeBlocking(() -> {
            problems(this::withdrawStatus).ifPresent(text -> LOG.warn("{}; the status expires with its lease", text));
            return true;
        });
    }

    private List<String> withdrawStatus() {
        statusWriter.withdraw();
        return List.of();
    }
}
