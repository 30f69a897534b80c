package io.culvert.reconciler.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class AddressTest {

    @Test
    void readsWhatItWrites() {
        for (String text : List.of("0.0.0.0", "10.0.1.11", "127.255.0.1", "128.0.0.0", "255.255.255.255")) {
            assertThat(Address.parse(text)).hasToString(text);
        }
        assertThat(Address.parse("10.0.0.1").bits()).isEqualTo(0x0a000001);
    }

    @Test
    void isOrderedWithoutSign() {
        assertThat(Stream.of("200.0.0.0", "9.0.0.0", "127.255.255.255", "128.0.0.0", "10.0.0.0")
                        .map(Address::parse)
                        .sorted()
                        .map(Address::toString))
                .containsExactly("9.0.0.0", "10.0.0.0", "127.255.255.255", "128.0.0.0", "200.0.0.0");
    }

    @TestFactory
    Stream<DynamicTest> refusesAnythingElse() {
        return Stream.of(
                        "",
                        "10",
                        "10.0.0",
                        "10.0.0.",
                        ".10.0.0",
                        "10..0.0",
                        "10.0.0.1.2",
                        "10.0.0.1.",
                        "256.0.0.1",
                        "10.0.0.999",
                        "10.0.0.0001",
                        "010.0.0.1",
                        "10.0.0.00",
                        "+1.0.0.0",
                        "-1.0.0.0",
                        "10.0.0.1 ",
                        " 10.0.0.1",
                        "10.0.0.x",
                        "10.0.0.٣",
                        "10.0.0.1/24",
                        "::1",
                        "localhost")
                .map(text -> DynamicTest.dynamicTest(
                        "'" + text + "'",
                        () -> assertThatThrownBy(() -> Address.parse(text))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessage("'" + text + "' is not an IPv4 address such as 10.0.1.11")));
    }
}
