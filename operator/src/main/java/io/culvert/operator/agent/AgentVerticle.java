package io.culvert.operator.agent;

import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.http.AgentHttp;
import io.culvert.operator.loop.CycleListener;
import io.culvert.operator.metrics.ResilienceCollector;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.NodeKernel;
import io.culvert.operator.report.AgentState;
import io.culvert.operator.report.StateDocument;
import io.culvert.operator.report.StateQuery;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.snapshot.DatastoreState;
import io.culvert.operator.snapshot.DatastoreWatcher;
import io.culvert.operator.snapshot.KeptSnapshot;
import io.culvert.operator.snapshot.SnapshotKeeper;
import io.culvert.operator.worker.SecondWorker;
import io.culvert.operator.worker.Workers;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resource.Snapshot;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent as a whole: makes its parts, deploys them in order and undeploys them in reverse, holds what the agent knows of
 * itself, and decides the exit code. Data goes one way: etcd → {@link DatastoreVerticle} → {@link KernelVerticle} →
 * {@link NodeVerticle} → etcd.
 */
final class AgentVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(AgentVerticle.class);

    /** Longer than a busy node takes to follow a change of mode. */
    private static final Duration HANDOVER_HOLD = Duration.ofSeconds(4);

    /** How long the end of one part may take; what takes longer is left behind. */
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private final AgentConfig config;
    private final Clock clock = Clock.systemUTC();
    private final NodeKernel kernel;
    private final EtcdConnection etcd;
    private final AgentCollectors collectors;
    private final DatastoreWatcher watcher;
    private final DatastoreVerticle datastoreVerticle;
    private final KernelVerticle kernelVerticle;
    private final NodeVerticle nodeVerticle;
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final Deque<String> deployed = new ArrayDeque<>();
    private volatile @Nullable Context ownContext;
    private volatile @Nullable Snapshot recalled;
    private volatile AgentState state = AgentState.starting(clock.instant());

    /**
     * Opens kernel and etcd; blocks.
     *
     * @throws io.culvert.reconciler.reconcile.FatalException if the agent cannot run here; the message says what to do
     * @throws KernelException if the kernel cannot be observed
     */
    AgentVerticle(Vertx vertx, AgentConfig config, String version) {
        this.config = config;
        RetryRegistry retries = RetryRegistry.ofDefaults();
        CircuitBreakerRegistry breakers = CircuitBreakerRegistry.ofDefaults();
        collectors = new AgentCollectors(config.nodeName(), version);
        kernel = NodeKernel.open(config, HANDOVER_HOLD, new SecondWorker(vertx, "culvert-resolve")::ahead);
        etcd = new EtcdConnection(config.etcd(), retries, breakers);
        SnapshotKeeper keeper = new SnapshotKeeper(
                new KeptSnapshot(config.stateDirectory(), config.nodeName(), config.etcd()),
                new SecondWorker(vertx, "culvert-snapshot"));
        watcher = new DatastoreWatcher(etcd, new SnapshotHandover(), clock, Optional.of(keeper));
        datastoreVerticle = new DatastoreVerticle(watcher, Optional.of(keeper));
        kernelVerticle = new KernelVerticle(kernel, config, new ReportHandover(), this::monitorFailed);
        nodeVerticle = new NodeVerticle(
                config,
                version,
                etcd,
                kernelVerticle.inbox(),
                failure -> update(before -> before.withUnpublished(failure)),
                this::contested);
        collectors.read(watcher, kernelVerticle, kernel, new ResilienceCollector(retries, breakers));
    }

    /** etcd first: while it is being read, there is time to get the rest ready. */
    @Override
    public Future<?> start() {
        ownContext = context;
        LOG.info(
                "node {} at {}, etcd {}, HTTP on {}:{}",
                config.nodeName(),
                kernel.address(),
                config.etcd(),
                config.listenHost(),
                config.listenPort());
        AgentHttp.Endpoints endpoints = new AgentHttp.Endpoints(
                collectors::text, kernelVerticle::live, () -> state.ready(), this::stateDocument);
        return deploy(datastoreVerticle, Workers.following("culvert-datastore"))
                .compose(done -> deploy(kernelVerticle, Workers.worker("culvert-kernel")))
                .onSuccess(done -> kernelVerticle.begin())
                .compose(done -> deploy(nodeVerticle, Workers.turning("culvert-node")))
                .compose(done -> deploy(
                        new HttpVerticle(config.listenHost(), config.listenPort(), endpoints), new DeploymentOptions()))
                .compose(done -> supervise());
    }

    private Future<?> supervise() {
        return SupervisionVerticle.of(
                        System.getenv(), ProcessHandle.current().pid(), kernelVerticle::live, () -> state.ready())
                .<Future<?>>map(supervision -> deploy(supervision, new DeploymentOptions()))
                .orElse(Future.succeededFuture());
    }

    private Future<?> deploy(Deployable verticle, DeploymentOptions options) {
        return vertx.deployVerticle(verticle, options).onSuccess(deployed::push);
    }

    /** Completed when the agent has to end: with 0 by a signal, with 1 when it cannot go on. Any thread. */
    CompletableFuture<Integer> exitCode() {
        return exitCode;
    }

    /** Something died that the agent does not work without. Any thread. */
    void died(Throwable cause) {
        LOG.error("unexpected error; exiting so that the supervisor restarts the agent", cause);
        exitCode.complete(1);
    }

    private void contested(Optional<String> contest) {
        collectors.cycles().contested(contest.isPresent());
        update(before -> before.withContest(contest));
    }

    private void monitorFailed(KernelException failure) {
        LOG.error(
                "{}; kernel events are lost from now on, so exiting so that the supervisor restarts the agent",
                failure.getMessage());
        exitCode.complete(1);
    }

    /**
     * Undeploys the parts in the reverse order of their deployment. Work that waits ends at once; the kernel stays as it is.
     * Blocks; not on a thread of Vert.x.
     */
    void end() {
        kernelVerticle.end();
        nodeVerticle.end();
        watcher.close();
        onOwnContext(this::undeployNext).join();
        etcd.close();
        kernel.close();
    }

    private Future<Void> undeployNext() {
        String next = deployed.poll();
        return next == null
                ? Future.succeededFuture()
                : vertx.undeploy(next)
                        .timeout(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                        .otherwiseEmpty()
                        .compose(done -> undeployNext());
    }

    private CompletableFuture<Void> onOwnContext(Supplier<Future<Void>> work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Context own = ownContext;
        if (own == null) {
            done.complete(null);
        } else {
            own.runOnContext(none -> work.get().onComplete(ended -> done.complete(null)));
        }
        return done;
    }

    private AgentHttp.Document stateDocument(Map<String, String> parameters) {
        StateQuery query = StateQuery.of(parameters);
        AgentState current = state;
        NodeAddress address = current.report().map(Report::address).orElseGet(kernel::address);
        AgentConfig known = address.isKnown() ? config.orAddress(address.address()) : config;
        try (NodeKernel reader = NodeKernel.open(known)) {
            return StateDocument.of(current, config, query, reader);
        }
    }

    /** The state belongs to this verticle's context; readers see the latest. */
    private void update(UnaryOperator<AgentState> change) {
        Context own = ownContext;
        if (own != null) {
            own.runOnContext(none -> state = change.apply(state));
        }
    }

    /** Snapshots on their way to the kernel. Called on the datastore's worker. */
    private final class SnapshotHandover implements DatastoreWatcher.Listener {

        private boolean locked;

        @Override
        public void snapshot(Snapshot snapshot, long receivedNanos) {
            collectors.snapshot().put(snapshot);
            lock(snapshot.locked());
            if (!snapshot.locked()) {
                remember(snapshot);
                kernelVerticle.inbox().put(snapshot);
            }
        }

        private void lock(boolean isLocked) {
            if (isLocked != locked) {
                locked = isLocked;
                LOG.warn(isLocked ? DatastoreLock.LOCKED : "the datastore is unlocked");
                update(before -> before.withLock(isLocked));
                nodeVerticle.inbox().lock(isLocked);
            }
        }

        private void remember(Snapshot snapshot) {
            try {
                kernel.remember(snapshot);
            } catch (IOException e) {
                LOG.warn("cannot save the route protocol in use: {}; check --state-dir", e.toString());
            }
        }

        @Override
        public void readAgain(long revision) {
            kernelVerticle.inbox().putConfirmed(revision);
        }

        @Override
        public void recalled(Snapshot snapshot) {
            recalled = snapshot;
            collectors.snapshot().put(snapshot);
            remember(snapshot);
            kernelVerticle.inbox().put(snapshot);
        }

        @Override
        public void state(DatastoreState newest) {
            collectors.cycles().datastoreState(number(newest.phase()));
            update(before -> before.with(newest));
        }

        private static int number(DatastoreState.Phase phase) {
            return switch (phase) {
                case DOWN -> 0;
                case CONNECTING -> 1;
                case RESYNC -> 2;
                case IN_SYNC -> 3;
            };
        }
    }

    /** Reports on their way to state, metrics, log and node. Called on the kernel's worker. */
    private final class ReportHandover implements CycleListener {

        private final CycleLog cycleLog = new CycleLog(LOG);

        @Override
        public void ended(Snapshot snapshot, Report report, Optional<Duration> sinceEvent) {
            Instant now = clock.instant();
            update(before -> before.with(snapshot, report, now));
            collectors.cycles().cycle(report, sinceEvent, now.toEpochMilli() / 1000.0);
            cycleLog.ended(report, sinceEvent);
            if (!isRecalled(snapshot)) {
                nodeVerticle.inbox().put(new NodeInbox.Cycle(snapshot, report, now));
            }
            if (report.awaitsConfirmation()) {
                watcher.readAgain(report.revision());
            }
        }

        /** A snapshot kept on disk says what the kernel needs, not what etcd lacks, so the node publishes nothing from it. */
        @SuppressWarnings("ReferenceEquality")
        private boolean isRecalled(Snapshot snapshot) {
            return snapshot == recalled;
        }

        @Override
        public void failed(Trigger trigger, KernelException failure) {
            LOG.warn("{}; retrying the cycle", failure.getMessage());
            update(before -> before.with(failure));
            collectors.cycles().failedCycle(trigger);
        }
    }
}
