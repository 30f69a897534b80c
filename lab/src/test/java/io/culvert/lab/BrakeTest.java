package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What would sweep most routes waits until etcd has been read a second time and says the same. */
@InLab
@Order(12)
class BrakeTest {

    private static final PaperNode N4 = new PaperNode("n4", "10.0.2.14/24");

    private static final List<String> N4_BLOCKS =
            List.of("192.168.240.0/26", "192.168.240.64/26", "192.168.240.128/26", "192.168.240.192/26");

    /** What is deleted by mistake, by the beginnings of keys. */
    enum Mistake {
        POOLS(Pool.PREFIX),
        BLOCKS(PaperNode.BLOCKS, Lab.AFFINITIES),
        BOTH(Pool.PREFIX, PaperNode.BLOCKS, Lab.AFFINITIES);

        private final List<String> prefixes;

        Mistake(String... prefixes) {
            this.prefixes = List.of(prefixes);
        }

        /** Keys that there are now, with their values. */
        private Map<String, String> documents(Etcd etcd) {
            Map<String, String> all = new TreeMap<>();
            prefixes.forEach(prefix -> all.putAll(etcd.all(prefix)));
            return all;
        }
    }

    private final Lab lab;

    BrakeTest(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void etcdIsHeardAndKnowsNoFourthNode() {
        lab.etcd.endSilence();
        lab.etcd.change(
                Map.of(),
                N4_BLOCKS.stream()
                        .flatMap(block -> Stream.of(N4.claimKey(block), PaperNode.blockKey(block)))
                        .toList());
        lab.etcd.change(Map.of(), List.of(N4.key()));
    }

    /** The second reading is kept waiting: the nodes hear etcd, and etcd does not hear them. */
    @ParameterizedTest
    @EnumSource
    void whatIsBackBeforeTheSecondReadingHasMovedNothing(Mistake mistake) {
        lab.withPool(Pool.ALWAYS);
        Map<String, String> documents = mistake.documents(lab.etcd);
        String routed = lab.block(lab.n3);
        try (Witness witness = new Witness(lab)) {
            lab.etcd.silenceRequests();
            long revision = lab.etcd.change(Map.of(), List.copyOf(documents.keySet()));
            lab.nodes.forEach(node -> awaitBrake(node, revision, 3, 3));
            witness.sawNoPacketLost();
            witness.sawNothingMove();

            long back = lab.etcd.change(documents, List.of());
            lab.etcd.endSilence();
            lab.converged(back);
            witness.sawNoPacketLost();
            witness.sawNothingMove();

            lab.etcd.change(Map.of(), List.copyOf(documents.keySet()));
            Eventually.passes(() -> assertThat(witness.announced())
                    .as("when the second reading says the same")
                    .anyMatch(line -> line.startsWith("n1: Deleted " + routed)));
        }
    }

    /** The backup is older than most blocks. */
    @Test
    void ofAHalfRestoredStoreWhatIsThereNeverMoves() {
        lab.withPool(Pool.ALWAYS);
        lab.etcd.save();
        Map<String, String> puts = N4.holding(N4_BLOCKS);
        puts.put(N4.key(), N4.json());
        lab.converged(lab.etcd.change(puts, List.of()));
        try (Witness witness = new Witness(lab)) {
            lab.etcd.kill();
            lab.etcd.restoreData();
            lab.etcd.start();
            for (LabNode node : lab.nodes) {
                Eventually.passes(() -> assertThat(node.agentLog())
                        .as(node.name)
                        .containsPattern("(?s)brake: revision \\d+ would remove 4 of 7 routes; removing nothing"
                                + ".*RESYNC.*ip route del " + N4_BLOCKS.get(0)));
                Eventually.passes(() -> assertThat(node.run("ip", "route")).doesNotContain("10.0.2.14"));
            }
            lab.converged(lab.etcd.put(Pool.ALWAYS.key(), Pool.ALWAYS.json()));

            witness.sawNoPacketLost();
            assertThat(witness.announced())
                    .hasSize(lab.nodes.size() * (N4_BLOCKS.size() + 1))
                    .allMatch(line -> line.contains("Deleted") && line.contains("via 10.0.2.14 "));
        }
    }

    private static void awaitBrake(LabNode node, long revision, int swept, int own) {
        String said =
                "brake: revision %d would remove %d of %d routes; removing nothing until a second read of etcd confirms it"
                        .formatted(revision, swept, own);
        Eventually.passes(() -> {
            Http ready = node.http("/readyz");
            assertThat(ready.body()).as(node.name).contains(said);
            assertThat(ready.status()).as(node.name).isEqualTo(503);
            assertThat(node.agentLog()).contains(said);
        });
    }
}
