package io.culvert.bench;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.diff.FibDiff;
import io.culvert.reconciler.diff.FibPlan;
import io.culvert.reconciler.diff.NextHopIds;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.node.Devices;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.resolve.Resolver;
import io.culvert.reconciler.resource.EncapsulationMode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** 100,000 desired routes by 5,000 next hops against a kernel. Stands beside {@link FibDiff} because only its package knows it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class FibDiffing {

    private static final int UNDERLAY = 2;
    private static final FibState NOTHING = new FibState(List.of(), RouteTable.EMPTY);
    private static final Devices DEVICES = new Devices(
            Optional.empty(),
            Optional.of(new Link(UNDERLAY, "eth0", "veth", true, 1500, Optional.empty(), List.of(Fleet.ADDRESS))),
            List.of());
    private static final RouteProtocols PROTOCOLS = new RouteProtocols(RouteProtocols.DEFAULT, Set.of());

    private final DesiredRoutes desired = Resolver.resolve(
                    new Fleet(100_000, 5_000).snapshot(EncapsulationMode.NEVER), Fleet.LOCAL)
            .routes();
    private final FibState equal = after(diff(NOTHING));
    private final long[] equalKeys = keys();

    private FibPlan diff(FibState actual) {
        return FibDiff.of(
                desired, actual, NextHopIds.of(actual.nextHops(), PROTOCOLS.current()), DEVICES, PROTOCOLS, Set.of());
    }

    private static FibState after(FibPlan plan) {
        List<NextHop> nextHops = plan.nextHopAdds().stream()
                .map(put -> new NextHop(put.id(), Optional.of(put.gateway()), put.device(), true, put.protocol()))
                .toList();
        RouteTable.Builder routes = new RouteTable.Builder();
        for (Change change : plan.routePuts()) {
            if (change instanceof Change.AddRoute add) {
                routes.add(add.prefix().key(), 0, add.nextHop(), 0, UNDERLAY, RouteTable.UNICAST, add.protocol());
            }
        }
        return new FibState(nextHops, routes.build());
    }

    private long[] keys() {
        long[] keys = new long[desired.size()];
        for (int row = 0; row < keys.length; row++) {
            keys[row] = desired.key(row);
        }
        return keys;
    }

    /** A kernel that holds it all. */
    @Benchmark
    public FibPlan nothingMissing() {
        FibPlan plan = diff(equal);
        if (!plan.routePuts().isEmpty()) {
            throw new IllegalStateException(plan.routePuts().get(0) + " is missing");
        }
        return plan;
    }

    /** A kernel that holds nothing. */
    @Benchmark
    public FibPlan everythingMissing() {
        return diff(NOTHING);
    }

    /** The floor: the keys alone, compared one by one. */
    @Benchmark
    public int bareKeys() {
        int same = 0;
        for (int row = 0; row < equalKeys.length; row++) {
            if (equalKeys[row] == equal.routes().key(row)) {
                same++;
            }
        }
        return same;
    }
}
