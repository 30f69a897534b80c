package io.culvert.reconciler.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class InterfaceAddressTest {

    @Test
    void keepsHostBits() {
        InterfaceAddress address = InterfaceAddress.parse("10.0.1.11/24");

        assertThat(address).hasToString("10.0.1.11/24");
        assertThat(address.prefix()).hasToString("10.0.1.0/24");
    }

    @Test
    void isAHostWithoutALength() {
        assertThat(InterfaceAddress.parse("10.0.1.11")).hasToString("10.0.1.11/32");
    }

    @Test
    void refusesAnythingElse() {
        assertThatThrownBy(() -> InterfaceAddress.parse("10.0.1/24")).hasMessageContaining("'10.0.1'");
        assertThatThrownBy(() -> InterfaceAddress.parse("10.0.1.11/"))
                .hasMessage("'10.0.1.11/' is not an IPv4 prefix such as 192.168.0.0/16");
        assertThatThrownBy(() -> InterfaceAddress.parse("10.0.1.11/33")).hasMessageContaining("10.0.1.11/33");
        assertThatThrownBy(() -> InterfaceAddress.parse("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new InterfaceAddress(new Address(0), 33))
                .hasMessage("prefix length 33 is not between 0 and 32");
    }

    @Test
    void readsEachLengthInItsOneSpelling() {
        for (int length = 0; length <= 32; length++) {
            assertThat(InterfaceAddress.parse("10.0.1.11/" + length).prefixLength())
                    .isEqualTo(length);
        }
        for (String wrong : List.of(
                "", "00", "01", "032", "33", "99", "100", "4294967296", "-1", "+1", " 1", "1 ", "a", "1a", "٣")) {
            assertThatThrownBy(() -> InterfaceAddress.parse("10.0.1.11/" + wrong))
                    .hasMessage("'10.0.1.11/" + wrong + "' is not an IPv4 prefix such as 192.168.0.0/16");
        }
    }
}
