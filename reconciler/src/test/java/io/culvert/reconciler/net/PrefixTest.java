package io.culvert.reconciler.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class PrefixTest {

    /** In order. */
    private static final List<Prefix> SORTED = Stream.of(
                    "0.0.0.0/0",
                    "0.0.0.0/1",
                    "0.0.0.0/32",
                    "10.0.0.0/8",
                    "10.0.0.0/16",
                    "10.0.0.1/32",
                    "10.0.1.0/24",
                    "127.255.255.255/32",
                    "128.0.0.0/1",
                    "192.168.0.0/16",
                    "192.168.0.0/26",
                    "192.168.0.64/26",
                    "255.255.255.255/32")
            .map(Prefix::parse)
            .toList();

    @Test
    void standsBeforeWhatItContains() {
        List<Prefix> shuffled = new ArrayList<>(SORTED);
        Collections.shuffle(shuffled, new Random(1));

        assertThat(shuffled.stream().sorted()).isEqualTo(SORTED);
        assertThat(shuffled.stream().sorted(Comparator.comparingLong(Prefix::key)))
                .isEqualTo(SORTED);
    }

    @Test
    void comesBackFromItsKey() {
        for (Prefix prefix : SORTED) {
            assertThat(Prefix.ofKey(prefix.key())).isEqualTo(prefix);
            assertThat(prefix.key()).isBetween(0L, (1L << 38) - 1);
            assertThat(Prefix.parse(prefix.toString())).isEqualTo(prefix);
        }
        assertThat(Prefix.parse("0.0.0.0/0").key()).isZero();
    }

    @Test
    void containsItselfAndWhatIsInside() {
        Prefix pool = Prefix.parse("192.168.0.0/16");

        assertThat(pool.contains(pool)).isTrue();
        assertThat(pool.contains(Prefix.parse("192.168.255.192/26"))).isTrue();
        assertThat(pool.contains(Prefix.parse("192.169.0.0/26"))).isFalse();
        assertThat(pool.contains(Prefix.parse("192.0.0.0/8"))).isFalse();
        assertThat(pool.contains(Address.parse("192.168.255.255"))).isTrue();
        assertThat(pool.contains(Address.parse("192.169.0.0"))).isFalse();
        assertThat(Prefix.parse("0.0.0.0/0").contains(Address.parse("255.1.2.3")))
                .isTrue();
        assertThat(Prefix.parse("10.0.0.1/32").contains(Address.parse("10.0.0.2")))
                .isFalse();
    }

    @Test
    void overlapsInEitherDirection() {
        Prefix wide = Prefix.parse("192.168.0.0/16");
        Prefix narrow = Prefix.parse("192.168.4.0/24");

        assertThat(wide.overlaps(narrow)).isTrue();
        assertThat(narrow.overlaps(wide)).isTrue();
        assertThat(narrow.overlaps(Prefix.parse("192.168.5.0/24"))).isFalse();
    }

    @Test
    void knowsItsSize() {
        assertThat(Prefix.parse("192.168.0.64/26").size()).isEqualTo(64);
        assertThat(Prefix.parse("0.0.0.0/0").size()).isEqualTo(1L << 32);
        assertThat(Prefix.host(Address.parse("10.0.0.1")).size()).isEqualTo(1);
    }

    @Test
    void containsAnAddressAtAnyLength() {
        assertThat(Prefix.containing(Address.parse("10.1.2.3"), 0)).hasToString("0.0.0.0/0");
        assertThat(Prefix.containing(Address.parse("10.1.2.3"), 20)).hasToString("10.1.0.0/20");
    }

    @Test
    void hasNoHostBits() {
        assertThatThrownBy(() -> Prefix.parse("192.168.0.1/16"))
                .hasMessage("192.168.0.1/16 is not strictly masked: the network is 192.168.0.0/16");
        assertThatThrownBy(() -> Prefix.parse("0.0.0.1/0")).hasMessageContaining("the network is 0.0.0.0/0");
        assertThatThrownBy(() -> new Prefix(0, 33)).hasMessage("prefix length 33 is not between 0 and 32");
        assertThatThrownBy(() -> new Prefix(0, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @TestFactory
    Stream<DynamicTest> refusesAnythingElse() {
        return Stream.of(
                        "",
                        "/",
                        "10.0.0.0",
                        "10.0.0.0/",
                        "10.0.0.0/33",
                        "10.0.0.0/08",
                        "10.0.0.0/-1",
                        "10.0.0.0/+8",
                        "10.0.0.0/8 ",
                        "10.0.0.0/8/8",
                        "10.0.0/8",
                        "/8",
                        "fd00::/8",
                        "10.0.0.0/255.0.0.0")
                .map(text -> DynamicTest.dynamicTest(
                        "'" + text + "'",
                        () -> assertThatThrownBy(() -> Prefix.parse(text))
                                .isInstanceOf(IllegalArgumentException.class)));
    }
}
