package io.culvert.operator.metrics;

import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The metrics that Culvert itself defines; names and labels are fixed by contract, units are base units. No label carries an
 * address or a prefix. The methods may be called from any thread.
 */
public final class AgentMetrics {

    private static final double NANOS_PER_SECOND = 1e9;
    private static final String CONVERGED = "converged";
    private static final String FAILING = "failing";
    private static final String ERROR = "error";
    private static final List<String> RESULTS = List.of(CONVERGED, FAILING, ERROR);
    private static final double[] FAST_BUCKETS = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    };

    private final Gauge nodeInfo;
    private final Gauge ready;
    private volatile boolean converged;
    private volatile boolean contested;
    private final Gauge datastoreState;
    private final Gauge appliedRevision;
    private final PoolMetrics pools;
    private final Counter reconciles;
    private final Histogram reconcileDuration;
    private final Histogram programmingDuration;
    private final Counter kernelOps;
    private final Counter driftDetected;
    private final Histogram driftRepair;
    private final Gauge failingChanges;
    private final Gauge tunnelMtu;
    private final Gauge lastSuccess;

    /** Registers everything, with all series that are known beforehand at zero. */
    public AgentMetrics(CollectorRegistry registry, String version) {
        gauge(registry, "build_info", "Agent version.", "version")
                .labels(version)
                .set(1);
        nodeInfo = gauge(registry, "node_info", "Node the agent runs on.", "node");
        ready = gauge(
                registry,
                "ready",
                "1 if the kernel matches the last snapshot and no other agent has the node's name, else 0.");
        datastoreState =
                gauge(registry, "datastore_state", "etcd connection: 0 down, 1 connecting, 2 resync, 3 in sync.");
        appliedRevision = gauge(registry, "applied_revision", "etcd revision last applied to the kernel.");
        pools = new PoolMetrics().register(registry);
        reconciles = counter(registry, "reconcile_total", "Reconcile cycles.", "trigger", "result");
        reconcileDuration = histogram(registry, "reconcile_duration_seconds", "Duration of a cycle's phase.", "phase");
        programmingDuration = histogram(
                registry,
                "programming_duration_seconds",
                "Time from a change in etcd to the kernel's acknowledgement.");
        kernelOps = counter(registry, "kernel_ops_total", "Kernel changes attempted.", "kind", "op", "result");
        driftDetected = counter(registry, "drift_detected_total", "Own objects changed or removed by others.", "kind");
        driftRepair = histogram(
                registry,
                "drift_repair_duration_seconds",
                "Time from the kernel's event to the repair's acknowledgement.");
        failingChanges = gauge(registry, "failing_changes", "Desired changes not yet applied.", "class");
        tunnelMtu = gauge(registry, "tunnel_mtu_bytes", "MTU of the tunnel device; 0 without one.");
        lastSuccess = gauge(registry, "last_success_timestamp_seconds", "Time of the last cycle that converged.");
        presetLabels();
    }

    /** A counter that begins with its first event hides that one from {@code rate()}. */
    private void presetLabels() {
        for (FailureClass failureClass : FailureClass.values()) {
            failingChanges.labels(label(failureClass)).set(0);
        }
        for (Trigger trigger : Trigger.values()) {
            for (String result : RESULTS) {
                reconciles.labels(label(trigger), result);
            }
        }
        for (Report.Phase phase : Report.Phase.values()) {
            reconcileDuration.labels(label(phase));
        }
        for (Change.Kind kind : Change.Kind.values()) {
            driftDetected.labels(label(kind));
            for (Change.Operation operation : Change.Operation.values()) {
                kernelOps.labels(label(kind), label(operation), "success");
                kernelOps.labels(label(kind), label(operation), "failure");
            }
        }
    }

    private static String name(String suffix) {
        return "culvert_" + suffix;
    }

    private static Gauge gauge(CollectorRegistry registry, String name, String help, String... labels) {
        return Gauge.build(name(name), help).labelNames(labels).register(registry);
    }

    private static Counter counter(CollectorRegistry registry, String name, String help, String... labels) {
        return Counter.build(name(name), help).labelNames(labels).register(registry);
    }

    private static Histogram histogram(CollectorRegistry registry, String name, String help, String... labels) {
        return Histogram.build(name(name), help)
                .labelNames(labels)
                .buckets(FAST_BUCKETS)
                .register(registry);
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    public void node(String name) {
        nodeInfo.labels(name).set(1);
    }

    /** @param state 0 down, 1 connecting, 2 resync, 3 in sync */
    public void datastoreState(int state) {
        datastoreState.set(state);
    }

    /** Whether another agent has this node's name. */
    public void contested(boolean isContested) {
        contested = isContested;
        updateReady();
    }

    private void updateReady() {
        ready.set(converged && !contested ? 1 : 0);
    }

    /** A cycle came to no end, because the kernel could not be asked. */
    public void failedCycle(Trigger trigger) {
        reconciles.labels(label(trigger), ERROR).inc();
        converged = false;
        updateReady();
    }

    /**
     * A cycle ended at {@code nowSeconds}.
     *
     * @param sinceEvent from the arrival of what caused it to its end; empty for retries and resyncs
     */
    public void cycle(Report report, Optional<Duration> sinceEvent, double nowSeconds) {
        reconciles
                .labels(label(report.trigger()), report.converged() ? CONVERGED : FAILING)
                .inc();
        converged = report.converged();
        updateReady();
        report.nanos()
                .forEach(
                        (phase, nanos) -> reconcileDuration.labels(label(phase)).observe(nanos / NANOS_PER_SECOND));
        operations(report.outcomes());
        if (report.drift()) {
            drift(report.outcomes());
        }
        sinceEvent.ifPresent(duration -> latency(report, duration));
        pools.put(report.pools());
        Map<FailureClass, Integer> byClass = new EnumMap<>(FailureClass.class);
        for (Obstacle obstacle : report.obstacles()) {
            byClass.merge(obstacle.failureClass(), 1, Integer::sum);
        }
        for (FailureClass failureClass : FailureClass.values()) {
            failingChanges.labels(label(failureClass)).set(byClass.getOrDefault(failureClass, 0));
        }
        tunnelMtu.set(report.tunnelMtu().orElse(0));
        appliedRevision.set((double) report.revision());
        if (report.converged()) {
            lastSuccess.set(nowSeconds);
        }
    }

    /** Counted before they are added: a cycle may have 100,000 of a sort. */
    private void operations(List<Outcome> outcomes) {
        Map<Change.Action, int[]> counts = new HashMap<>();
        for (Outcome outcome : outcomes) {
            int[] count = counts.computeIfAbsent(outcome.change().action(), action -> new int[2]);
            count[outcome.succeeded() ? 0 : 1]++;
        }
        counts.forEach((action, count) -> {
            operation(action, "success", count[0]);
            operation(action, "failure", count[1]);
        });
    }

    private void operation(Change.Action action, String result, int count) {
        if (count > 0) {
            kernelOps
                    .labels(label(action.kind()), label(action.operation()), result)
                    .inc(count);
        }
    }

    private void drift(List<Outcome> repairs) {
        Map<Change.Kind, Integer> byKind = new EnumMap<>(Change.Kind.class);
        repairs.forEach(repair -> byKind.merge(repair.change().kind(), 1, Integer::sum));
        byKind.forEach((kind, count) -> driftDetected.labels(label(kind)).inc(count));
    }

    private void latency(Report report, Duration sinceEvent) {
        double seconds = sinceEvent.toNanos() / NANOS_PER_SECOND;
        if (report.drift()) {
            driftRepair.observe(seconds);
        } else if (report.trigger() == Trigger.DATASTORE && !report.outcomes().isEmpty()) {
            programmingDuration.observe(seconds);
        }
    }
}
