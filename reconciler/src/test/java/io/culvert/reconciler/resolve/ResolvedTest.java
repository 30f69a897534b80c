package io.culvert.reconciler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.net.PrefixMap;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Claims;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Nodes;
import io.culvert.reconciler.resource.Snapshot;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A series of small changes must lead to what resolving the last snapshot from scratch gives. */
class ResolvedTest {

    private static final int CHAINS = 400;
    private static final int STEPS = 60;

    private final Random random = new Random(20);
    private int partly;

    @Test
    void stepsLeadToWhatResolvingAnewGives() {
        for (int chain = 0; chain < CHAINS; chain++) {
            follow(ExplanationTest.snapshot(random));
        }
        assertThat(partly).as("steps that did not resolve everything").isGreaterThan(CHAINS * STEPS / 2);
    }

    @Test
    void aLongChainHoldsOnToNothingThatIsOver() {
        Snapshot snapshot = ExplanationTest.snapshot(random);
        Resolved resolved = Resolved.of(snapshot, ExplanationTest.LOCAL);
        List<WeakReference<Object>> over = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            over.add(new WeakReference<>(resolved));
            over.add(new WeakReference<>(resolved.desired()));
            PrefixMap.Edit<Block> blocks = snapshot.blocks().edit();
            changeBlock(blocks);
            Nodes nodes = step % 2 == 0 ? snapshot.nodes() : changeNode(snapshot.nodes());
            snapshot = later(snapshot, nodes, blocks.done(), snapshot.affinities());
            resolved = resolved.next(snapshot, ExplanationTest.LOCAL).to();
        }
        resolved.desired();
        for (int attempt = 0; attempt < 50 && over.stream().anyMatch(old -> old.get() != null); attempt++) {
            System.gc();
        }
        assertThat(over).extracting(WeakReference::get).containsOnlyNulls();
        assertThat(resolved.desired()).isNotNull();
    }

    private static Snapshot later(Snapshot before, Nodes nodes, PrefixMap<Block> blocks, Claims affinities) {
        return new Snapshot(
                before.revision() + 1,
                before.pools(),
                nodes,
                blocks,
                affinities,
                before.felix(),
                before.locked(),
                before.unsupported(),
                before.rejected());
    }

    private void follow(Snapshot snapshot) {
        PrefixMap.Edit<Block> blocks = snapshot.blocks().edit();
        Claims.Edit claims = snapshot.affinities().edit();
        Nodes nodes = snapshot.nodes();
        Resolved resolved = Resolved.of(snapshot, ExplanationTest.LOCAL);
        Snapshot before = snapshot;
        for (int step = 0; step < STEPS; step++) {
            for (int change = random.nextInt(3); change >= 0; change--) {
                switch (random.nextInt(3)) {
                    case 0 -> changeBlock(blocks);
                    case 1 -> changeClaim(claims, before);
                    default -> nodes = random.nextInt(3) == 0 ? changeNode(nodes) : nodes;
                }
            }
            Snapshot after = later(before, nodes, blocks.done(), claims.done());
            Resolved.Step next = resolved.next(after, ExplanationTest.LOCAL);
            DesiredState anew = Resolver.resolve(after, ExplanationTest.LOCAL);
            assertSame(next.to().desired(), anew);
            if (next.touched().isPresent()) {
                partly++;
                assertThat(next.touched().get()).isSorted();
                assertThat(next.unreadyPeers()).containsAll(anew.unreadyPeers());
                assertThat(Arrays.stream(next.touched().get()).boxed())
                        .containsAll(differing(routes(resolved.desired()), routes(anew)));
            }
            resolved = next.to();
            before = after;
        }
    }

    private void changeBlock(PrefixMap.Edit<Block> blocks) {
        Block block = ExplanationTest.block(random);
        if (random.nextInt(4) == 0) {
            blocks.remove(block.cidr());
        } else {
            blocks.put(block.cidr(), block);
        }
    }

    private void changeClaim(Claims.Edit claims, Snapshot known) {
        Prefix block = known.blocks().isEmpty() || random.nextInt(8) == 0
                ? ExplanationTest.block(random).cidr()
                : List.copyOf(known.blocks().keySet())
                        .get(random.nextInt(known.blocks().size()));
        String node = "n" + (1 + random.nextInt(6));
        if (random.nextInt(4) == 0) {
            claims.remove(node, block);
        } else {
            claims.put(new Affinity(node, block, ExplanationTest.state(random)));
        }
    }

    /** Sometimes its address is one that a pool has, so that blocks cover it; sometimes another node has it. */
    private Nodes changeNode(Nodes nodes) {
        int number = 2 + random.nextInt(5);
        Node node = ExplanationTest.node(random, number);
        Optional<Node> changed = Optional.empty();
        if (random.nextInt(6) == 0) {
            InterfaceAddress inPool = InterfaceAddress.parse("192.168.0." + 2 * random.nextInt(4) + "/24");
            changed = Optional.of(new Node(node.name(), Optional.of(inPool), node.tunnelAddress(), Map.of()));
        } else if (random.nextInt(5) > 0) {
            changed = Optional.of(node);
        }
        return nodes.with(Map.of(node.name(), changed));
    }

    private static void assertSame(DesiredState found, DesiredState expected) {
        assertThat(routes(found)).isEqualTo(routes(expected));
        assertThat(found.tunnel()).isEqualTo(expected.tunnel());
        assertThat(found.ruleset()).isEqualTo(expected.ruleset());
        assertThat(found.sysctls()).isEqualTo(expected.sysctls());
        assertThat(found.unreadyPeers()).isEqualTo(expected.unreadyPeers());
        assertThat(found.unrouted()).isEqualTo(expected.unrouted());
        assertThat(found.routes().sizes()).isEqualTo(expected.routes().sizes());
        assertThat(taken(found.routes())).isEqualTo(taken(expected.routes()));
    }

    private static SortedMap<Prefix, String> routes(DesiredState desired) {
        DesiredRoutes routes = desired.routes();
        SortedMap<Prefix, String> lines = new TreeMap<>();
        for (int row = 0; row < routes.size(); row++) {
            String line = routes.via(row) + " of " + routes.pools().get(routes.poolNumber(row));
            assertThat(lines.put(routes.prefix(row), line)).isNull();
        }
        return lines;
    }

    private static List<Via> taken(DesiredRoutes routes) {
        boolean[] taken = routes.taken();
        return routes.vias().stream()
                .filter(via -> taken[routes.vias().indexOf(via)])
                .sorted()
                .toList();
    }

    private static List<Long> differing(SortedMap<Prefix, String> one, SortedMap<Prefix, String> other) {
        SortedMap<Prefix, String> both = new TreeMap<>(one);
        both.putAll(other);
        return both.keySet().stream()
                .filter(prefix -> !Objects.equals(one.get(prefix), other.get(prefix)))
                .map(Prefix::key)
                .toList();
    }
}
