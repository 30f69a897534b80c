package io.culvert.operator.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import java.util.List;
import java.util.function.DoubleSupplier;

/** A counter that something else counts and that is read when Prometheus asks. */
public final class ReadAtScrape extends Collector {

    private final String name;
    private final String help;
    private final DoubleSupplier value;

    /**
     * @param name without the prefix {@code culvert_} and with {@code _total}
     * @param value called on the scraping thread; may block for milliseconds; NaN leaves the sample out
     */
    public ReadAtScrape(String name, String help, DoubleSupplier value) {
        this.name = "culvert_" + name;
        this.help = help;
        this.value = value;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        double read = value.getAsDouble();
        return Double.isNaN(read) ? List.of() : List.of(new CounterMetricFamily(name, help, read));
    }
}
