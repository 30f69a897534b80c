package io.culvert.operator.metrics;

import io.culvert.reconciler.reconcile.Report.PoolReport;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;

/**
 * This node's share of every pool, as the last cycle left it. Replaced as a whole: a scrape between two changes of single
 * gauges would miss a pool, and an alert that waits for its pool to recover would start over.
 */
final class PoolMetrics extends Collector {

    private volatile List<PoolReport> latest = List.of();

    void put(List<PoolReport> pools) {
        latest = pools;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        GaugeMetricFamily converged = new GaugeMetricFamily(
                "culvert_pool_converged",
                "1 when this node holds all that the pool asks for, else 0.",
                List.of("pool"));
        GaugeMetricFamily routes = new GaugeMetricFamily(
                "culvert_pool_routes", "Routes of the pool on this node.", List.of("pool", "state"));
        for (PoolReport pool : latest) {
            converged.addMetric(List.of(pool.pool()), pool.converged() ? 1 : 0);
            routes.addMetric(List.of(pool.pool(), "desired"), pool.desired());
            routes.addMetric(List.of(pool.pool(), "programmed"), pool.programmed());
            routes.addMetric(List.of(pool.pool(), "failing"), pool.failing());
        }
        return List.of(converged, routes);
    }
}
