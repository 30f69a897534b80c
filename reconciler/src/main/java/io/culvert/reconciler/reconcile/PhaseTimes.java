package io.culvert.reconciler.reconcile;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Nanoseconds that a cycle spent in each phase. Not for more than one thread. */
final class PhaseTimes {

    private final LongSupplier nanoTime;
    private final Map<Report.Phase, Long> nanos = new EnumMap<>(Report.Phase.class);

    PhaseTimes(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    <T> T measure(Report.Phase phase, Supplier<T> work) {
        long start = nanoTime.getAsLong();
        try {
            return work.get();
        } finally {
            nanos.merge(phase, nanoTime.getAsLong() - start, Long::sum);
        }
    }

    void measure(Report.Phase phase, Runnable work) {
        measure(phase, () -> {
            work.run();
            return true;
        });
    }

    Map<Report.Phase, Long> nanos() {
        return nanos;
    }
}
