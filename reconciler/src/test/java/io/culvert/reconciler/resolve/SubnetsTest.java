package io.culvert.reconciler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.net.InterfaceAddress;
import org.junit.jupiter.api.Test;

class SubnetsTest {

    private static void assertSame(String a, String b, boolean expected) {
        assertThat(Subnets.same(InterfaceAddress.parse(a), InterfaceAddress.parse(b)))
                .isEqualTo(expected);
        assertThat(Subnets.same(InterfaceAddress.parse(b), InterfaceAddress.parse(a)))
                .as("seen from the other end")
                .isEqualTo(expected);
    }

    @Test
    void eachMustContainTheOther() {
        assertSame("10.0.1.11/24", "10.0.1.12/24", true);
        assertSame("10.0.1.11/24", "10.0.2.12/24", false);
        assertSame("10.0.1.11/16", "10.0.1.12/24", true);
        assertSame("10.0.2.11/16", "10.0.1.12/24", false);
        assertSame("10.0.1.11/32", "10.0.1.12/24", false);
        assertSame("10.0.1.11/0", "200.0.0.1/0", true);
    }
}
