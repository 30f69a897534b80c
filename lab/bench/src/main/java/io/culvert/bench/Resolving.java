package io.culvert.bench;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.net.PrefixMap;
import io.culvert.reconciler.resolve.Resolved;
import io.culvert.reconciler.resolve.Resolver;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From a snapshot of 100,000 blocks and 5,000 nodes to what a node's kernel should hold. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Resolving {

    private static final Fleet FLEET = new Fleet(100_000, 5_000);

    private final Snapshot snapshot = FLEET.snapshot(EncapsulationMode.ALWAYS);
    private final Snapshot changed = withOneBlockLess(snapshot);
    private Resolved resolved = Resolved.of(snapshot, Fleet.LOCAL);
    private boolean odd;

    private static Snapshot withOneBlockLess(Snapshot all) {
        PrefixMap.Edit<Block> blocks = all.blocks().edit();
        blocks.remove(FLEET.block(FLEET.blocks() / 2));
        return new Snapshot(
                all.revision() + 1,
                all.pools(),
                all.nodes(),
                blocks.done(),
                all.affinities(),
                Map.of(),
                false,
                Map.of(),
                all.rejected());
    }

    @Benchmark
    public DesiredState everything() {
        return Resolver.resolve(snapshot, Fleet.LOCAL);
    }

    /** A block that comes and goes. */
    @Benchmark
    public Resolved oneBlock() {
        odd = !odd;
        resolved = resolved.next(odd ? changed : snapshot, Fleet.LOCAL).to();
        return resolved;
    }
}
