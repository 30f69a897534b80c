package io.culvert.operator.calico;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {

    private static final List<String> WORDS = List.of("cidr", "ipipMode", "vxlanMode", "natOutgoing", "nodeSelector");

    @ParameterizedTest
    @CsvSource({
        "ipipmode,ipipMode",
        "ipip-mode,ipipMode",
        "vxlanmod,vxlanMode",
        "natOutoging,natOutgoing",
        "natOutgoin,natOutgoing",
        "natOutging1,natOutgoing",
        "nodeSelctr,nodeSelector",
        "selector,",
        "cdir,cidr",
        "c,",
        "mode,",
        "x,"
    })
    void nearest(String word, String meant) {
        assertThat(Spelling.nearest(word, WORDS)).isEqualTo(Optional.ofNullable(meant));
    }

    @Test
    void wordsWithoutLettersAndEndlessOnesAreNearNothing() {
        assertThat(Spelling.nearest("", List.of("a"))).isEmpty();
        assertThat(Spelling.nearest("--", List.of("a"))).isEmpty();
        assertThat(Spelling.nearest("a".repeat(1_000_000), List.of("a"))).isEmpty();
    }
}
