package io.culvert.reconciler.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AddressBagTest {

    private final AddressBag bag = AddressBag.of(addresses("200.0.0.9", "10.0.1.11", "10.0.1.11", "127.0.0.1"));

    private static List<Address> addresses(String... texts) {
        return Stream.of(texts).map(Address::parse).toList();
    }

    @Test
    void namesTheLowestAddressInAPrefix() {
        assertThat(bag.lowestIn(Prefix.parse("10.0.0.0/8"))).contains(Address.parse("10.0.1.11"));
        assertThat(bag.lowestIn(Prefix.parse("10.0.1.11/32"))).contains(Address.parse("10.0.1.11"));
        assertThat(bag.lowestIn(Prefix.parse("0.0.0.0/0"))).contains(Address.parse("10.0.1.11"));
        assertThat(bag.lowestIn(Prefix.parse("128.0.0.0/1"))).contains(Address.parse("200.0.0.9"));
    }

    @Test
    void namesNothingOutsideThePrefix() {
        assertThat(bag.lowestIn(Prefix.parse("10.0.1.10/32"))).isEmpty();
        assertThat(bag.lowestIn(Prefix.parse("10.0.1.12/30"))).isEmpty();
        assertThat(bag.lowestIn(Prefix.parse("255.0.0.0/8"))).isEmpty();
        assertThat(bag.lowestIn(Prefix.parse("0.0.0.0/8"))).isEmpty();
        assertThat(AddressBag.of(List.of()).lowestIn(Prefix.parse("0.0.0.0/0"))).isEmpty();
    }

    @Test
    void anAddressIsInItAsLongAsSomebodyHasIt() {
        AddressBag once = bag.with(addresses("10.0.1.11", "200.0.0.9"), addresses("200.0.0.10", "0.0.0.1"));
        AddressBag gone = once.with(addresses("10.0.1.11"), List.of());

        assertThat(once.contains(Address.parse("10.0.1.11"))).isTrue();
        assertThat(gone.contains(Address.parse("10.0.1.11"))).isFalse();
        assertThat(gone.hosts())
                .containsExactly(
                        Prefix.parse("0.0.0.1/32"), Prefix.parse("127.0.0.1/32"), Prefix.parse("200.0.0.10/32"));
        assertThat(bag.hosts()).hasSize(3).contains(Prefix.parse("200.0.0.9/32"));
    }
}
