package io.culvert.operator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.culvert.reconciler.net.Prefix;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateQueryTest {

    @Test
    void takes_a_prefix_and_a_limit() {
        assertThat(StateQuery.of(Map.of("prefix", "192.168.0.0/16", "limit", "0")))
                .isEqualTo(new StateQuery(Prefix.parse("192.168.0.0/16"), 0));
        assertThat(StateQuery.of(Map.of())).isEqualTo(new StateQuery(Prefix.parse("0.0.0.0/0"), Integer.MAX_VALUE));
    }

    @ParameterizedTest
    @CsvSource({"limit, -1", "limit, ''", "limit, 4294967295", "limit, ten", "prefix, 10.0.0.1/33", "colour, blue"})
    void names_what_is_wrong(String name, String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StateQuery.of(Map.of(name, value)))
                .withMessageContaining(name)
                .satisfies(wrong -> assertThat(wrong.getMessage())
                        .containsAnyOf("example: /state?" + name, "there are prefix and limit"));
    }
}
