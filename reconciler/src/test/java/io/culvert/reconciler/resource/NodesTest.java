package io.culvert.reconciler.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.net.InterfaceAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class NodesTest {

    private static final int NAMES = 1000;

    private final Random random = new Random(8);

    @Test
    void isAMapThatKnowsWhatItDiffersIn() {
        Map<String, Node> model = new TreeMap<>();
        Nodes nodes = Nodes.NONE;
        for (int step = 0; step < 800; step++) {
            Map<String, Optional<Node>> changes = changes(step < 500 ? 8 : 2);
            Map<String, Node> before = new TreeMap<>(model);
            changes.forEach((name, node) -> {
                model.remove(name);
                node.ifPresent(present -> model.put(name, present));
            });
            Nodes after = nodes.with(changes);
            assertThat(new TreeMap<>(after)).isEqualTo(model);
            assertThat(after).hasSize(model.size());
            changes.keySet().forEach(name -> assertThat(after.get(name)).isEqualTo(model.get(name)));
            assertThat(new TreeSet<>(after.differences(nodes, NAMES).orElseThrow()))
                    .isEqualTo(differing(before, model));
            assertThat(new TreeMap<>(nodes)).isEqualTo(before);
            nodes = after;
        }
        assertThat(nodes.differences(Nodes.copyOf(model), 0)).contains(List.of());
        assertThat(nodes.size()).isGreaterThan(100);
    }

    @Test
    void tooManyDifferencesAreNotNamed() {
        Map<String, Optional<Node>> three = Map.of("a", node("a"), "b", node("b"), "c", node("c"));
        assertThat(Nodes.NONE.with(three).differences(Nodes.NONE, 2)).isEmpty();
        assertThat(Nodes.NONE.with(three).differences(Nodes.NONE, 3)).isPresent();
    }

    private Map<String, Optional<Node>> changes(int oneInGoes) {
        Map<String, Optional<Node>> changes = new HashMap<>();
        for (int change = random.nextInt(4); change >= 0; change--) {
            String name = "n" + random.nextInt(NAMES);
            changes.put(name, random.nextInt(oneInGoes) == 0 ? Optional.empty() : node(name));
        }
        return changes;
    }

    private Optional<Node> node(String name) {
        InterfaceAddress address = InterfaceAddress.parse("10.0.0." + random.nextInt(4) + "/24");
        return Optional.of(new Node(name, Optional.of(address), Optional.empty(), Map.of()));
    }

    private static Set<String> differing(Map<String, Node> before, Map<String, Node> after) {
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        names.removeIf(name -> Optional.ofNullable(before.get(name)).equals(Optional.ofNullable(after.get(name))));
        return names;
    }
}
