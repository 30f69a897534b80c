package io.culvert.reconciler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GuardTest {

    private final Guard guard = Guard.of(Stream.of("200.0.0.9", "10.0.1.11", "10.0.1.11", "127.0.0.1")
            .map(Address::parse)
            .toList());

    @Test
    void namesTheLowestAddressThatIsCovered() {
        assertThat(guard.coveredBy(Prefix.parse("10.0.0.0/8"))).contains(Address.parse("10.0.1.11"));
        assertThat(guard.coveredBy(Prefix.parse("10.0.1.11/32"))).contains(Address.parse("10.0.1.11"));
        assertThat(guard.coveredBy(Prefix.parse("0.0.0.0/0"))).contains(Address.parse("10.0.1.11"));
        assertThat(guard.coveredBy(Prefix.parse("128.0.0.0/1"))).contains(Address.parse("200.0.0.9"));
    }

    @Test
    void letsEverythingElsePass() {
        assertThat(guard.coveredBy(Prefix.parse("10.0.1.10/32"))).isEmpty();
        assertThat(guard.coveredBy(Prefix.parse("10.0.1.12/30"))).isEmpty();
        assertThat(guard.coveredBy(Prefix.parse("255.0.0.0/8"))).isEmpty();
        assertThat(guard.coveredBy(Prefix.parse("0.0.0.0/8"))).isEmpty();
        assertThat(Guard.of(List.of()).coveredBy(Prefix.parse("0.0.0.0/0"))).isEmpty();
    }
}
