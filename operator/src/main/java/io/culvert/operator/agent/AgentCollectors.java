package io.culvert.operator.agent;

import io.culvert.operator.metrics.AgentMetrics;
import io.culvert.operator.metrics.ReadAtScrape;
import io.culvert.operator.metrics.ResilienceCollector;
import io.culvert.operator.metrics.SnapshotMetrics;
import io.culvert.operator.node.NodeKernel;
import io.culvert.operator.snapshot.DatastoreWatcher;
import io.culvert.operator.snapshot.WatchRestart;
import io.culvert.reconciler.kernel.KernelException;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.DefaultExports;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** All that {@code /metrics} shows, in a registry of this agent's own. Any thread. */
final class AgentCollectors {

    private final CollectorRegistry registry = new CollectorRegistry();
    private final AgentMetrics cycles;
    private final SnapshotMetrics snapshot;

    AgentCollectors(String nodeName, String version) {
        cycles = new AgentMetrics(registry, version);
        cycles.node(nodeName);
        snapshot = new SnapshotMetrics(nodeName).register(registry);
    }

    AgentMetrics cycles() {
        return cycles;
    }

    SnapshotMetrics snapshot() {
        return snapshot;
    }

    /** Adds what the parts of a running agent count, read when somebody scrapes. */
    void read(
            DatastoreWatcher watcher,
            KernelVerticle kernelVerticle,
            NodeKernel kernel,
            ResilienceCollector resilience) {
        DefaultExports.register(registry);
        registry.register(resilience);
        registry.register(ReadAtScrape.counter(
                "datastore_watch_restarts_total", "Restarts of the etcd watch.", "reason", () -> restarts(watcher)));
        registry.register(
                ReadAtScrape.counter("netlink_overruns_total", "Losses of kernel events.", kernelVerticle::overruns));
        registry.register(ReadAtScrape.counter(
                "netlink_dump_interrupted_total",
                "Kernel table dumps repeated because the table changed meanwhile.",
                kernel.netlink()::interruptedDumps));
        registry.register(ReadAtScrape.counter(
                "tunnel_filtered_packets_total",
                "Packets dropped: protocol 4 from unknown senders, and inner sources in no pool.",
                () -> filteredPackets(kernel)));
    }

    private static Map<String, Long> restarts(DatastoreWatcher watcher) {
        Map<String, Long> counts = new TreeMap<>();
        for (WatchRestart reason : WatchRestart.values()) {
            counts.put(reason.name().toLowerCase(Locale.ROOT), watcher.restarts(reason));
        }
        return counts;
    }

    private static double filteredPackets(NodeKernel kernel) {
        try {
            return kernel.filter().observe().dropped().packets();
        } catch (KernelException e) {
            return Double.NaN;
        }
    }

    /** Prometheus text format 0.0.4. Blocks for nft. */
    String text() {
        StringWriter text = new StringWriter();
        try {
            TextFormat.write004(text, registry.metricFamilySamples());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
