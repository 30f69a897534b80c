package io.culvert.operator.metrics;

import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Rejected;
import io.culvert.reconciler.resource.Snapshot;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the latest snapshot holds, counted when Prometheus asks, on the scraping thread; snapshots come far more often. */
public final class SnapshotMetrics extends Collector {

    private static final List<String> KINDS =
            List.of("IPPool", "Node", "Block", "Affinity", "FelixConfiguration", "ClusterInformation");

    private final String localNode;
    private volatile @Nullable Snapshot latest;

    public SnapshotMetrics(String localNode) {
        this.localNode = localNode;
    }

    /** A new snapshot arrived. Any thread. */
    public void put(Snapshot snapshot) {
        latest = snapshot;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        Snapshot snapshot = latest;
        return List.of(
                gauge("datastore_revision", "etcd revision of the last snapshot.", revision(snapshot)),
                gauge(
                        "nodes",
                        "Nodes in the datastore.",
                        snapshot == null ? 0 : snapshot.nodes().size()),
                pools(snapshot),
                blocks(snapshot),
                rejected(snapshot));
    }

    private static double revision(@Nullable Snapshot snapshot) {
        return snapshot == null ? 0 : (double) snapshot.revision();
    }

    private static MetricFamilySamples gauge(String name, String help, double value) {
        return new GaugeMetricFamily("culvert_" + name, help, value);
    }

    private static GaugeMetricFamily labelled(String name, String help, String label) {
        return new GaugeMetricFamily("culvert_" + name, help, List.of(label));
    }

    private static MetricFamilySamples pools(@Nullable Snapshot snapshot) {
        GaugeMetricFamily family = labelled("pools", "IP pools by ipipMode.", "mode");
        for (EncapsulationMode mode : EncapsulationMode.values()) {
            family.addMetric(List.of(mode.toString()), snapshot == null ? 0 : (double) count(snapshot, mode));
        }
        return family;
    }

    private static long count(Snapshot snapshot, EncapsulationMode mode) {
        return snapshot.pools().values().stream()
                .map(IpPool::ipipMode)
                .filter(mode::equals)
                .count();
    }

    private MetricFamilySamples blocks(@Nullable Snapshot snapshot) {
        long all = snapshot == null ? 0 : snapshot.blocks().size();
        long local = snapshot == null
                ? 0
                : snapshot.blocks().values().stream()
                        .map(Block::owner)
                        .filter(Optional.of(localNode)::equals)
                        .count();
        GaugeMetricFamily family = labelled("blocks", "IPAM blocks, by owner: this node or another.", "scope");
        family.addMetric(List.of("local"), (double) local);
        family.addMetric(List.of("remote"), (double) (all - local));
        return family;
    }

    private static MetricFamilySamples rejected(@Nullable Snapshot snapshot) {
        GaugeMetricFamily family = labelled("rejected_resources", "Keys in etcd that were rejected.", "kind");
        Map<String, Integer> byKind = new TreeMap<>();
        KINDS.forEach(kind -> byKind.put(kind, 0));
        List<Rejected> all = snapshot == null ? List.of() : snapshot.rejected();
        all.forEach(one -> byKind.merge(one.kind(), 1, Integer::sum));
        byKind.forEach((kind, count) -> family.addMetric(List.of(kind), count));
        return family;
    }
}
