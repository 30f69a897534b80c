package io.culvert.operator.agent;

import io.culvert.netlink.KernelMonitor;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.http.AgentHttp;
import io.culvert.operator.http.Health;
import io.culvert.operator.loop.CycleListener;
import io.culvert.operator.loop.Mailbox;
import io.culvert.operator.loop.ReconcileLoop;
import io.culvert.operator.metrics.AgentMetrics;
import io.culvert.operator.metrics.ReadAtScrape;
import io.culvert.operator.metrics.ResilienceCollector;
import io.culvert.operator.metrics.SnapshotMetrics;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.NodeKernel;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.snapshot.DatastoreState;
import io.culvert.operator.snapshot.DatastoreWatcher;
import io.culvert.operator.snapshot.KeptSnapshot;
import io.culvert.operator.snapshot.SnapshotKeeper;
import io.culvert.operator.snapshot.WatchRestart;
import io.culvert.operator.state.StateFile;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.reconcile.FatalException;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resource.Snapshot;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.DefaultExports;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running agent. Threads: the watcher's, which makes snapshots; the kernel's, which alone writes to the kernel; the
 * duties', which writes this node's own resources and status to etcd; the monitor's, which hears the kernel; Vert.x's, which
 * serve HTTP; under a supervisor such as systemd, one that tells it how the agent is. They meet in mailboxes where the latest
 * wins, and in one reference to an immutable state.
 */
public final class Agent implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

    /** Longer than a busy node takes to follow a change of mode. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final AgentConfig config;
    private final Clock clock = Clock.systemUTC();
    private final NodeKernel kernel;
    private final EtcdConnection etcd;
    private final Mailbox mailbox = new Mailbox();
    private final CollectorRegistry collectors = new CollectorRegistry();
    private final AgentMetrics metrics;
    private final SnapshotMetrics snapshotMetrics;
    private final ResilienceCollector resilience;
    private final CycleLog cycleLog = new CycleLog(LOG);
    private final Object closing = new Object();
    private boolean closed;
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final SnapshotKeeper keeper;
    private final DatastoreWatcher watcher;
    private final Thread watcherThread;
    private final Duties duties;
    private final ReconcileLoop loop;
    private final Thread kernelThread;
    private final KernelMonitor monitor;
    private final Optional<Supervision> supervision;
    private volatile @Nullable Snapshot recalled;
    private volatile AgentState state = AgentState.starting(clock.instant());
    private volatile @Nullable Vertx vertx;

    private Agent(AgentConfig config, String version) {
        this.config = config;
        RetryRegistry retries = RetryRegistry.ofDefaults();
        CircuitBreakerRegistry breakers = CircuitBreakerRegistry.ofDefaults();
        kernel = NodeKernel.open(config, PATIENCE);
        etcd = new EtcdConnection(config.etcd(), retries, breakers);
        metrics = new AgentMetrics(collectors, version);
        metrics.node(config.nodeName());
        snapshotMetrics = new SnapshotMetrics(config.nodeName()).register(collectors);
        duties = new Duties(config, kernel.address(), version, etcd, mailbox, this::dutiesEnded);
        keeper = new SnapshotKeeper(
                new KeptSnapshot(config.stateDirectory(), config.nodeName(), config.etcd()), ForkJoinPool.commonPool());
        watcher = new DatastoreWatcher(etcd, new SnapshotListener(), clock, Optional.of(keeper));
        watcherThread = new Thread(watcher::run, "culvert-watch");
        loop = new ReconcileLoop(kernel.reconciler(), mailbox, config::resyncPeriod, new ReportListener());
        kernelThread = new Thread(loop, "culvert-kernel");
        monitor = KernelMonitor.start(
                null,
                new KernelMonitor.Interest(
                        kernel.netlink().port(), config.routeProtocol().orElse(RouteProtocols.DEFAULT), "culvert"),
                new KernelListener());
        resilience = new ResilienceCollector(retries, breakers);
        supervision = Supervision.of(System.getenv(), ProcessHandle.current().pid(), this::live, () -> state.ready());
    }

    /**
     * Runs an agent until the process is told to end or the agent cannot go on. Blocks.
     *
     * @return the exit code: 1 when it cannot go on, 0 when told to end; after SIGTERM the JVM itself answers 143
     * @throws FatalException if it cannot start; the message says what to do
     * @throws KernelException if the kernel cannot be asked
     */
    public static int run(AgentConfig config, String version) {
        StateFile.sweep(config.stateDirectory(), config.nodeName());
        try (Agent agent = new Agent(config, version)) {
            Thread.setDefaultUncaughtExceptionHandler(new ThreadDeaths(agent.ended));
            Runtime.getRuntime().addShutdownHook(new Thread(agent::close, "culvert-stop"));
            agent.start();
            return agent.ended.join();
        }
    }

    /** Etcd first: while it is being read, there is time to get the rest ready. */
    private void start() {
        LOG.info(
                "node {} at {}, etcd {}, HTTP on {}:{}",
                config.nodeName(),
                kernel.address(),
                config.etcd(),
                config.listenHost(),
                config.listenPort());
        watcherThread.start();
        duties.start();
        kernelThread.start();
        registerCollectors();
        listen();
        supervision.ifPresent(Supervision::start);
    }

    private void listen() {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(2));
        this.vertx = vertx;
        AgentHttp http = new AgentHttp(
                vertx, new AgentHttp.Endpoints(this::metricsText, this::live, () -> state.ready(), this::stateText));
        try {
            http.listen(config.listenHost(), config.listenPort())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
        } catch (ExecutionException e) {
            throw new FatalException("cannot listen on " + config.listenHost() + ":" + config.listenPort() + " ("
                    + String.valueOf(e.getCause()) + "): choose another address with --listen");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }

    private void registerCollectors() {
        DefaultExports.register(collectors);
        collectors.register(resilience);
        collectors.register(ReadAtScrape.counter(
                "datastore_watch_restarts_total",
                "Watches of etcd that had to be opened again.",
                "reason",
                this::watchRestarts));
        collectors.register(ReadAtScrape.counter(
                "netlink_overruns_total", "Times that kernel events were lost.", monitor::overruns));
        collectors.register(ReadAtScrape.counter(
                "netlink_dump_interrupted_total",
                "Looks at a kernel table that were repeated because it changed meanwhile.",
                kernel.netlink()::interruptedDumps));
        collectors.register(ReadAtScrape.counter(
                "tunnel_filtered_packets_total",
                "Packets that were dropped: protocol 4 from strangers, and inner sources in no pool.",
                this::filteredPackets));
    }

    private Map<String, Long> watchRestarts() {
        Map<String, Long> counts = new TreeMap<>();
        for (WatchRestart reason : WatchRestart.values()) {
            counts.put(reason.name().toLowerCase(Locale.ROOT), watcher.restarts(reason));
        }
        return counts;
    }

    private double filteredPackets() {
        try {
            return kernel.filter().observe().dropped().packets();
        } catch (KernelException e) {
            return Double.NaN;
        }
    }

    private String metricsText() {
        StringWriter text = new StringWriter();
        try {
            TextFormat.write004(text, collectors.metricFamilySamples());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private Health live() {
        return loop.turning() && kernelThread.isAlive()
                ? new Health(true, "alive")
                : new Health(false, "the kernel thread does not turn: a command or the kernel hangs");
    }

    private String stateText() {
        AgentState current = state;
        try (NodeKernel reader = NodeKernel.open(config, Duration.ZERO)) {
            return StateDocument.of(current, config, reader);
        }
    }

    private synchronized void update(UnaryOperator<AgentState> change) {
        state = change.apply(state);
    }

    private void dutiesEnded(Optional<String> failure) {
        update(before -> before.withDuties(failure));
    }

    private static int number(DatastoreState.Phase phase) {
        return switch (phase) {
            case DOWN -> 0;
            case CONNECTING -> 1;
            case RESYNC -> 2;
            case IN_SYNC -> 3;
        };
    }

    /**
     * Ends the agent and leaves the kernel as it is. May be called more than once, from any thread; all wait until it has
     * ended, or the process would end as soon as one does.
     */
    @Override
    public void close() {
        ended.complete(0);
        synchronized (closing) {
            if (!closed) {
                closed = true;
                end();
            }
        }
    }

    private void end() {
        supervision.ifPresent(Supervision::close);
        mailbox.close();
        monitor.close();
        watcher.close();
        join(watcherThread);
        keeper.close();
        duties.close();
        join(kernelThread);
        stopListening();
        etcd.close();
    }

    private void stopListening() {
        Vertx listening = vertx;
        if (listening != null) {
            listening.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Snapshots on their way to the kernel and to the duties. */
    private final class SnapshotListener implements DatastoreWatcher.Listener {

        @Override
        public void snapshot(Snapshot snapshot, long receivedNanos) {
            snapshotMetrics.put(snapshot);
            hold(snapshot.locked());
            if (!snapshot.locked()) {
                remember(snapshot);
                mailbox.put(snapshot);
            }
        }

        private void hold(boolean locked) {
            if (locked != state.locked()) {
                LOG.warn(locked ? DatastoreLock.LOCKED : "the datastore is not locked any more");
                update(before -> before.withLock(locked));
                duties.hold(locked);
            }
        }

        private void remember(Snapshot snapshot) {
            try {
                kernel.remember(snapshot);
            } catch (IOException e) {
                LOG.warn("{}: the route protocol in use is not kept beyond this agent's life; mend --state-dir", e);
            }
        }

        @Override
        public void readAgain(long revision) {
            mailbox.putConfirmed(revision);
        }

        @Override
        public void recalled(Snapshot snapshot) {
            recalled = snapshot;
            snapshotMetrics.put(snapshot);
            remember(snapshot);
            mailbox.put(snapshot);
        }

        @Override
        public void state(DatastoreState newest) {
            metrics.datastoreState(number(newest.phase()));
            update(before -> before.with(newest));
        }
    }

    /** Kernel events on their way to the kernel thread. */
    private final class KernelListener implements KernelMonitor.Listener {

        @Override
        public void changed(KernelNews news) {
            mailbox.put(news);
        }

        @Override
        public void failed(KernelException failure) {
            LOG.error("{}; only the periodic look is left, so the agent ends to be started anew", failure.getMessage());
            ended.complete(1);
        }
    }

    /** What becomes known when a cycle ends. */
    private final class ReportListener implements CycleListener {

        @Override
        public void ended(Snapshot snapshot, Report report, Optional<Duration> sinceEvent) {
            Instant now = clock.instant();
            update(before -> before.with(snapshot, report, now));
            metrics.cycle(report, sinceEvent, now.toEpochMilli() / 1000.0);
            cycleLog.ended(report, sinceEvent);
            if (!isRecalled(snapshot)) {
                duties.put(snapshot, report, now);
            }
            if (report.awaitsConfirmation()) {
                watcher.readAgain(report.revision());
            }
        }

        /** What was kept on disk tells what the kernel needs, not what etcd lacks: nothing is written to etcd by it. */
        @SuppressWarnings("ReferenceEquality")
        private boolean isRecalled(Snapshot snapshot) {
            return snapshot == recalled;
        }

        @Override
        public void failed(Trigger trigger, KernelException failure) {
            LOG.warn("{}; the cycle is repeated", failure.getMessage());
            update(before -> before.with(failure));
            metrics.failedCycle(trigger);
        }

        @Override
        public void fatal(FatalException failure) {
            LOG.error("{}", failure.getMessage());
            ended.complete(1);
        }
    }
}
