package io.culvert.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.operator.calico.JsonDocument;
import io.culvert.operator.calico.store.AffinityCodec;
import io.culvert.operator.calico.store.BlockCodec;
import io.culvert.operator.calico.store.Keys.AffinityKey;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.snapshot.SnapshotAssembler;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Snapshot;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From etcd's bytes to a snapshot. Stands beside the codecs because only their package knows them. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Decoding {

    private static final Documents DOCUMENTS = new Documents(new Fleet(100_000, 5_000));

    /** One block and its claim. */
    @State(Scope.Benchmark)
    public static class One {
        private final Prefix cidr = DOCUMENTS.fleet().block(7);
        private final byte[] block = DOCUMENTS.block(7).getBytes(UTF_8);
        private final AffinityKey claim = new AffinityKey(DOCUMENTS.fleet().owner(7), cidr);
        private final byte[] affinity = "{\"state\":\"confirmed\"}".getBytes(UTF_8);
    }

    /** All of a datastore, and two values of one of its blocks in turn. */
    @State(Scope.Benchmark)
    public static class All {
        private final SnapshotAssembler assembler = new SnapshotAssembler();
        private final Stored[] values = {stored(7, 7), stored(7, 8)};
        private int revision;

        public All() {
            int blocks = DOCUMENTS.fleet().blocks();
            DOCUMENTS.allButBlocks(blocks).forEach((key, value) -> assembler.put(stored(key, value)));
            for (int block = 0; block < blocks; block++) {
                assembler.put(stored(block, block));
            }
            assembler.snapshot(revision);
        }

        /** A block with its own owner, or with another's. */
        private static Stored stored(int block, int owner) {
            String own = "host:" + DOCUMENTS.fleet().owner(block) + '"';
            String other = "host:" + DOCUMENTS.fleet().owner(owner) + '"';
            return stored(DOCUMENTS.blockKey(block), DOCUMENTS.block(block).replace(own, other));
        }

        private static Stored stored(String key, String value) {
            return new Stored(key, value.getBytes(UTF_8), 1, 2, 2);
        }
    }

    @Benchmark
    public Object block(One one) {
        return BlockCodec.decode(one.cidr, one.block);
    }

    /** What a tree of the same document costs. */
    @Benchmark
    public JsonNode blockAsTree(One one) throws IOException {
        return JsonDocument.MAPPER.readTree(one.block);
    }

    @Benchmark
    public Object affinity(One one) {
        return AffinityCodec.decode(one.claim, one.affinity);
    }

    /** A block's new value, decoded and put into a snapshot of all. */
    @Benchmark
    public Snapshot edit(All all) {
        all.assembler.put(all.values[++all.revision % 2]);
        return all.assembler.snapshot(all.revision);
    }
}
