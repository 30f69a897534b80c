package io.culvert.bench;

import io.culvert.reconciler.kernel.RouteTable;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** 100,000 routes in no order into a table. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RouteSorting {

    private static final int ROUTES = 100_000;

    private final long[] keys = shuffled();
    private final RouteTable.Builder rows = new RouteTable.Builder();

    public RouteSorting() {
        for (int row = 0; row < ROUTES; row++) {
            rows.add(keys[row], 0, 90_000_000 + row % 5_000, 0, 0, RouteTable.UNICAST, 90);
        }
    }

    private static long[] shuffled() {
        Fleet fleet = new Fleet(ROUTES, 1);
        long[] keys = new long[ROUTES];
        Random random = new Random(1);
        for (int row = 0; row < ROUTES; row++) {
            int place = random.nextInt(row + 1);
            keys[row] = keys[place];
            keys[place] = fleet.block(row).key();
        }
        return keys;
    }

    @Benchmark
    public RouteTable table() {
        return rows.build();
    }

    /** The floor: the keys alone. */
    @Benchmark
    public long[] bareKeys() {
        long[] copy = keys.clone();
        Arrays.sort(copy);
        return copy;
    }
}
