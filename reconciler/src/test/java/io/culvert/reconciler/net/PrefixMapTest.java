package io.culvert.reconciler.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixMapTest {

    private static final int NO_LIMIT = Integer.MAX_VALUE - 1;

    @ParameterizedTest(name = "{0} different prefixes")
    @ValueSource(ints = {3, 200, 3000})
    void holdsWhatATreeMapHoldsAndLeavesOlderMapsAsTheyWere(int prefixes) {
        Random random = new Random(prefixes);
        PrefixMap.Edit<Object> edit = PrefixMap.<Object>empty().edit();
        SortedMap<Prefix, Object> model = new TreeMap<>();
        List<PrefixMap<Object>> maps = new ArrayList<>();
        List<SortedMap<Prefix, Object>> models = new ArrayList<>();
        for (int round = 0; round < 60; round++) {
            for (int change = random.nextInt(prefixes); change >= 0; change--) {
                change(random, prefix(random.nextInt(prefixes)), edit, model);
            }
            maps.add(edit.done());
            models.add(new TreeMap<>(model));
        }
        for (int round = 0; round < maps.size(); round++) {
            assertHolds(maps.get(round), models.get(round));
            int older = random.nextInt(maps.size());
            assertThat(maps.get(round).differences(maps.get(older), NO_LIMIT))
                    .hasValue(differing(models.get(round), models.get(older)));
        }
    }

    private static void change(
            Random random, Prefix prefix, PrefixMap.Edit<Object> edit, SortedMap<Prefix, Object> model) {
        if (random.nextInt(3) == 0) {
            edit.remove(prefix);
            model.remove(prefix);
        } else {
            Object value = new Object();
            edit.put(prefix, value);
            model.put(prefix, value);
        }
        assertThat(edit.get(prefix)).isSameAs(model.get(prefix));
    }

    private static void assertHolds(PrefixMap<Object> map, SortedMap<Prefix, Object> model) {
        assertThat(new ArrayList<>(map.entrySet())).isEqualTo(new ArrayList<>(model.entrySet()));
        assertThat(map).hasSize(model.size());
        model.forEach((prefix, value) -> assertThat(map.get(prefix)).isSameAs(value));
        PrefixMap.Walk<Object> walk = map.walk();
        for (Map.Entry<Prefix, Object> entry : model.entrySet()) {
            assertThat(walk.advance()).isTrue();
            assertThat(walk.key()).isEqualTo(entry.getKey().key());
            assertThat(walk.value()).isSameAs(entry.getValue());
        }
        assertThat(walk.advance()).isFalse();
    }

    private static long[] differing(SortedMap<Prefix, Object> one, SortedMap<Prefix, Object> other) {
        SortedMap<Prefix, Object> both = new TreeMap<>(one);
        both.putAll(other);
        return both.keySet().stream()
                .filter(prefix -> one.get(prefix) != other.get(prefix))
                .mapToLong(Prefix::key)
                .toArray();
    }

    /** The i-th /26 of the upper half of the address space, where signed and unsigned numbers differ. */
    private static Prefix prefix(int i) {
        return new Prefix(i * 64 * 1021 + (1 << 31), 26);
    }

    @Test
    void findsPrefixesOfDifferentLengthsAtOneNetwork() {
        Map<Prefix, String> prefixes = new HashMap<>();
        for (int length = 0; length <= 32; length++) {
            prefixes.put(new Prefix(0, length), "/" + length);
        }
        assertThat(PrefixMap.copyOf(prefixes)).isEqualTo(prefixes);
        assertThat(PrefixMap.copyOf(prefixes).get(Prefix.parse("0.0.0.0/7"))).isEqualTo("/7");
        assertThat(PrefixMap.copyOf(prefixes).containsKey(Prefix.parse("128.0.0.0/1")))
                .isFalse();
    }

    @Test
    void anEditWithoutChangesGivesTheSameMap() {
        PrefixMap<String> map = PrefixMap.copyOf(Map.of(prefix(1), "one"));
        PrefixMap.Edit<String> edit = map.edit();
        edit.remove(prefix(2));
        assertThat(edit.done()).isSameAs(map);
        assertThat(PrefixMap.copyOf(map)).isSameAs(map);
    }

    @Test
    void givesUpOnTooManyDifferences() {
        PrefixMap.Edit<String> edit = PrefixMap.<String>empty().edit();
        PrefixMap<String> before = edit.done();
        IntStream.range(0, 10).forEach(i -> edit.put(prefix(i), "value"));
        assertThat(edit.done().differences(before, 9)).isEmpty();
        assertThat(edit.done().differences(before, 10)).isPresent();
    }
}
