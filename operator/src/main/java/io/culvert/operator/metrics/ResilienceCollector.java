package io.culvert.operator.metrics;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryRegistry;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.Locale;

/**
 * Resilience4j's retries and circuit breakers under the names that its own exporter gave them; that exporter ends with
 * Resilience4j 1.7 and does not run on 2.x.
 */
public final class ResilienceCollector extends Collector {

    private final RetryRegistry retries;
    private final CircuitBreakerRegistry breakers;

    public ResilienceCollector(RetryRegistry retries, CircuitBreakerRegistry breakers) {
        this.retries = retries;
        this.breakers = breakers;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        return List.of(retryCalls(), breakerStates(), breakerCalls());
    }

    private MetricFamilySamples retryCalls() {
        GaugeMetricFamily calls =
                new GaugeMetricFamily("resilience4j_retry_calls", "Calls by how they ended.", List.of("name", "kind"));
        for (Retry retry : retries.getAllRetries()) {
            Retry.Metrics metrics = retry.getMetrics();
            calls.addMetric(List.of(retry.getName(), "successful_without_retry"), (double)
                    metrics.getNumberOfSuccessfulCallsWithoutRetryAttempt());
            calls.addMetric(List.of(retry.getName(), "successful_with_retry"), (double)
                    metrics.getNumberOfSuccessfulCallsWithRetryAttempt());
            calls.addMetric(List.of(retry.getName(), "failed_without_retry"), (double)
                    metrics.getNumberOfFailedCallsWithoutRetryAttempt());
            calls.addMetric(List.of(retry.getName(), "failed_with_retry"), (double)
                    metrics.getNumberOfFailedCallsWithRetryAttempt());
        }
        return calls;
    }

    private MetricFamilySamples breakerStates() {
        GaugeMetricFamily states = new GaugeMetricFamily(
                "resilience4j_circuitbreaker_state", "1 for the state it is in.", List.of("name", "state"));
        for (CircuitBreaker breaker : breakers.getAllCircuitBreakers()) {
            for (CircuitBreaker.State state : CircuitBreaker.State.values()) {
                states.addMetric(
                        List.of(breaker.getName(), state.name().toLowerCase(Locale.ROOT)),
                        breaker.getState() == state ? 1 : 0);
            }
        }
        return states;
    }

    private MetricFamilySamples breakerCalls() {
        GaugeMetricFamily calls = new GaugeMetricFamily(
                "resilience4j_circuitbreaker_buffered_calls",
                "Calls in the breaker's window by how they ended.",
                List.of("name", "kind"));
        for (CircuitBreaker breaker : breakers.getAllCircuitBreakers()) {
            CircuitBreaker.Metrics metrics = breaker.getMetrics();
            calls.addMetric(List.of(breaker.getName(), "successful"), (double) metrics.getNumberOfSuccessfulCalls());
            calls.addMetric(List.of(breaker.getName(), "failed"), (double) metrics.getNumberOfFailedCalls());
        }
        return calls;
    }
}
