package io.culvert.operator.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/** A counter that something else counts and that is read when Prometheus asks, on the scraping thread. */
public final class ReadAtScrape extends Collector {

    private final Supplier<List<MetricFamilySamples>> samples;

    private ReadAtScrape(Supplier<List<MetricFamilySamples>> samples) {
        this.samples = samples;
    }

    /**
     * A counter without labels.
     *
     * @param name without the prefix {@code culvert_} and with {@code _total}
     * @param value may block for milliseconds; NaN leaves the sample out
     */
    public static ReadAtScrape counter(String name, String help, DoubleSupplier value) {
        return new ReadAtScrape(() -> {
            double read = value.getAsDouble();
            return Double.isNaN(read) ? List.of() : List.of(new CounterMetricFamily("culvert_" + name, help, read));
        });
    }

    /**
     * A counter with one label.
     *
     * @param values by the label's value
     */
    public static ReadAtScrape counter(String name, String help, String label, Supplier<Map<String, Long>> values) {
        return new ReadAtScrape(() -> {
            CounterMetricFamily family = new CounterMetricFamily("culvert_" + name, help, List.of(label));
            values.get().forEach((key, count) -> family.addMetric(List.of(key), (double) count));
            return List.of(family);
        });
    }

    @Override
    public List<MetricFamilySamples> collect() {
        return samples.get();
    }
}
