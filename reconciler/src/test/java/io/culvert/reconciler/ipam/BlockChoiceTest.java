package io.culvert.reconciler.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Affinity.State;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.IpPool.AllowedUse;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.NodeSelector;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlockChoiceTest {

    private static final Prefix FIRST = Prefix.parse("10.0.0.0/26");
    private static final Prefix SECOND = Prefix.parse("10.0.0.64/26");
    private static final Node NODE = new Node("n", Optional.empty(), Optional.empty(), Map.of());

    private final Map<Prefix, Block> blocks = new TreeMap<>();
    private final List<Affinity> affinities = new ArrayList<>();

    @Test
    void goes_through_every_block_once_from_a_place_that_depends_on_the_node() {
        IpPool pool = pool("10.0.0.0/16", 26);
        Set<Prefix> starts = IntStream.range(0, 100)
                .mapToObj(i -> BlockChoice.inRow("node-" + i, pool).findFirst().orElseThrow())
                .collect(Collectors.toSet());
        assertThat(starts).hasSizeGreaterThan(80);
        assertThat(BlockChoice.inRow("n", pool))
                .hasSize(1024)
                .doesNotHaveDuplicates()
                .allMatch(pool.cidr()::contains);
        assertThat(BlockChoice.inRow("n", pool).toList())
                .isEqualTo(BlockChoice.inRow("n", pool).toList());
        assertThat(BlockChoice.inRow("n", pool("10.0.0.0/26", 26))).containsExactly(FIRST);
        assertThat(BlockChoice.inRow("n", pool("10.0.0.0/27", 26))).isEmpty();
        assertThat(BlockChoice.inRow("n", pool("128.0.0.0/1", 32)).limit(3)).hasSize(3);
    }

    @Test
    void passes_over_what_others_have_or_began_to_claim_and_over_blocks_of_other_sizes() {
        block(FIRST, "other");
        affinities.add(new Affinity("other", SECOND, State.PENDING));
        block(Prefix.parse("10.0.0.128/27"), "other");
        assertThat(BlockChoice.candidates("n", pool("10.0.0.0/24", 26), snapshot("10.0.0.0/24")))
                .containsExactly(Prefix.parse("10.0.0.192/26"));
    }

    @Test
    void begins_with_what_the_node_began_to_claim_or_owns_without_a_claim() {
        affinities.add(new Affinity("n", SECOND, State.PENDING_DELETION));
        block(FIRST, "n");
        assertThat(BlockChoice.candidates("n", pool("10.0.0.0/16", 26), snapshot("10.0.0.0/16"))
                        .limit(3))
                .startsWith(FIRST, SECOND)
                .doesNotHaveDuplicates();
    }

    @Test
    void only_a_confirmed_claim_on_a_block_that_agrees_counts() {
        assertThat(lacking()).isTrue();
        block(FIRST, "n");
        assertThat(lacking()).isTrue();
        affinities.add(new Affinity("n", FIRST, State.PENDING));
        assertThat(lacking()).isTrue();
        affinities.set(0, new Affinity("n", FIRST, State.CONFIRMED));
        assertThat(lacking()).isFalse();
        block(FIRST, "other");
        assertThat(lacking()).isTrue();
    }

    private boolean lacking() {
        return !BlockChoice.lacking(NODE, snapshot("10.0.0.0/16")).isEmpty();
    }

    private void block(Prefix cidr, String owner) {
        blocks.put(cidr, new Block(cidr, Optional.of(owner), Map.of()));
    }

    private Snapshot snapshot(String pool) {
        return new Snapshot(
                1,
                new TreeMap<>(Map.of("p", pool(pool, 26))),
                Map.of("n", NODE),
                blocks,
                affinities,
                Map.of(),
                false,
                Map.of(),
                List.of());
    }

    private static IpPool pool(String cidr, int blockSize) {
        return new IpPool(
                "p",
                Prefix.parse(cidr),
                EncapsulationMode.ALWAYS,
                EncapsulationMode.NEVER,
                true,
                false,
                blockSize,
                NodeSelector.ALL,
                Set.of(AllowedUse.WORKLOAD, AllowedUse.TUNNEL),
                true);
    }
}
