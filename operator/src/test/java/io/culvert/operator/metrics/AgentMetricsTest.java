package io.culvert.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class AgentMetricsTest {

    private static final Change ROUTE = new Change.AddRoute(Prefix.parse("192.168.0.0/26"), 0, 90);
    private static final Optional<Duration> QUARTER = Optional.of(Duration.ofMillis(250));
    private static final Optional<Duration> UNKNOWN = Optional.empty();

    private final CollectorRegistry registry = new CollectorRegistry();
    private final AgentMetrics metrics = new AgentMetrics(registry, "1.2.3");

    private static Report report(Trigger trigger, boolean drift, Outcome... outcomes) {
        return report(trigger, drift, List.of(), List.of(), outcomes);
    }

    private static Report report(
            Trigger trigger,
            boolean drift,
            List<Obstacle> obstacles,
            List<Report.PoolReport> pools,
            Outcome... outcomes) {
        return new Report(
                1,
                trigger,
                7,
                DesiredState.EMPTY,
                List.of(outcomes),
                obstacles,
                pools,
                NodeAddress.UNKNOWN,
                OptionalInt.empty(),
                List.of(),
                drift,
                OptionalLong.empty(),
                Map.of(Report.Phase.APPLY, 2_000_000L));
    }

    private double value(String series) {
        int labels = series.indexOf('{');
        if (labels < 0) {
            return sample(series, new String[0], new String[0]);
        }
        String[] pairs = series.substring(labels + 1, series.length() - 1).split(",");
        String[] names = new String[pairs.length];
        String[] values = new String[pairs.length];
        for (int i = 0; i < pairs.length; i++) {
            String[] pair = pairs[i].split("=");
            names[i] = pair[0];
            values[i] = pair[1];
        }
        return sample(series.substring(0, labels), names, values);
    }

    private double sample(String name, String[] names, String[] values) {
        Double sample = registry.getSampleValue(name, names, values);
        assertThat(sample).as("%s%s", name, List.of(values)).isNotNull();
        return sample;
    }

    @Test
    void counterSeriesAreThereBeforeTheirFirstEvent() {
        for (String kind : List.of("link", "address", "nexthop", "route", "ruleset", "sysctl")) {
            assertThat(value("culvert_drift_detected_total{kind=" + kind + "}")).isZero();
            for (String op : List.of("add", "replace", "delete")) {
                for (String result : List.of("success", "failure")) {
                    assertThat(value("culvert_kernel_ops_total{kind=" + kind + ",op=" + op + ",result=" + result + "}"))
                            .isZero();
                }
            }
        }
        for (String trigger : List.of("start", "datastore", "kernel", "retry", "resync")) {
            for (String result : List.of("converged", "failing", "error")) {
                assertThat(value("culvert_reconcile_total{trigger=" + trigger + ",result=" + result + "}"))
                        .isZero();
            }
        }
        for (String phase : List.of("observe", "resolve", "diff", "apply")) {
            assertThat(value("culvert_reconcile_duration_seconds_count{phase=" + phase + "}"))
                    .isZero();
        }
    }

    /** Nobody knows since when it had been so, but that it was is known. */
    @Test
    void driftThatAPeriodicLookFindsIsCountedWithoutADuration() {
        metrics.cycle(report(Trigger.RESYNC, true, Outcome.done(ROUTE)), UNKNOWN, 1);
        assertThat(value("culvert_drift_detected_total{kind=route}")).isEqualTo(1);
        assertThat(value("culvert_drift_repair_duration_seconds_count")).isZero();
    }

    @Test
    void driftThatTheKernelAnnouncedHasADuration() {
        metrics.cycle(report(Trigger.KERNEL, true, Outcome.done(ROUTE)), QUARTER, 1);
        assertThat(value("culvert_drift_detected_total{kind=route}")).isEqualTo(1);
        assertThat(value("culvert_drift_repair_duration_seconds_sum")).isEqualTo(0.25);
        assertThat(value("culvert_programming_duration_seconds_count")).isZero();
    }

    @Test
    void followingTheDatastoreHasADurationWhenThereWasSomethingToDo() {
        metrics.cycle(report(Trigger.DATASTORE, false), QUARTER, 1);
        assertThat(value("culvert_programming_duration_seconds_count")).isZero();
        metrics.cycle(report(Trigger.DATASTORE, false, Outcome.done(ROUTE)), QUARTER, 1);
        assertThat(value("culvert_programming_duration_seconds_sum")).isEqualTo(0.25);
        assertThat(value("culvert_drift_detected_total{kind=route}")).isZero();
    }

    @Test
    void failuresAreCountedApartAndNamedByClass() {
        Obstacle obstacle = new Obstacle(ROUTE.subject(), FailureClass.WAITING, "no device");
        metrics.cycle(
                report(Trigger.RETRY, false, List.of(obstacle), List.of(), new Outcome(ROUTE, Errno.ENODEV, "")),
                UNKNOWN,
                1);
        assertThat(value("culvert_kernel_ops_total{kind=route,op=add,result=failure}"))
                .isEqualTo(1);
        assertThat(value("culvert_kernel_ops_total{kind=route,op=add,result=success}"))
                .isZero();
        assertThat(value("culvert_failing_changes{class=waiting}")).isEqualTo(1);
        assertThat(value("culvert_reconcile_total{trigger=retry,result=failing}"))
                .isEqualTo(1);
        assertThat(value("culvert_ready")).isZero();
        assertThat(value("culvert_last_success_timestamp_seconds")).isZero();
        metrics.cycle(report(Trigger.RETRY, false), UNKNOWN, 12);
        assertThat(value("culvert_failing_changes{class=waiting}")).isZero();
        assertThat(value("culvert_ready")).isEqualTo(1);
        assertThat(value("culvert_last_success_timestamp_seconds")).isEqualTo(12);
    }

    @Test
    void aKernelThatCannotBeAskedIsAnErrorAndNotReady() {
        metrics.cycle(report(Trigger.START, false), UNKNOWN, 1);
        metrics.failedCycle(Trigger.RESYNC);
        assertThat(value("culvert_reconcile_total{trigger=resync,result=error}"))
                .isEqualTo(1);
        assertThat(value("culvert_ready")).isZero();
    }

    @Test
    void poolsThatAreGoneLeaveNoSeries() {
        metrics.cycle(
                report(Trigger.START, false, List.of(), List.of(new Report.PoolReport("web", 5, 2, false))),
                UNKNOWN,
                1);
        assertThat(value("culvert_pool_converged{pool=web}")).isZero();
        assertThat(value("culvert_pool_routes{pool=web,state=desired}")).isEqualTo(5);
        assertThat(value("culvert_pool_routes{pool=web,state=programmed}")).isEqualTo(3);
        assertThat(value("culvert_pool_routes{pool=web,state=failing}")).isEqualTo(2);
        metrics.cycle(report(Trigger.DATASTORE, false), UNKNOWN, 1);
        assertThat(registry.getSampleValue("culvert_pool_converged", new String[] {"pool"}, new String[] {"web"}))
                .isNull();
    }
}
