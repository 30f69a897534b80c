package io.culvert.operator.calico;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.reconciler.resource.NodeSelector;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorParserTest {

    @ParameterizedTest(name = "{0} on {1}: {2}")
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            all()                                 ~                  ~ true
            ``                                    ~                  ~ true
            !all()                                ~                  ~ false
            rack == 'r1'                          ~ rack=r1          ~ true
            rack=="r1"                            ~ rack=r1          ~ true
            rack == 'r1'                          ~ rack=r2          ~ false
            rack == 'r1'                          ~                  ~ false
            rack != 'r1'                          ~ rack=r2          ~ true
            rack != 'r1'                          ~                  ~ true
            rack != 'r1'                          ~ rack=r1          ~ false
            rack in {'r1', "r2"}                  ~ rack=r2          ~ true
            rack in {'r1','r2'}                   ~ rack=r3          ~ false
            rack in {}                            ~ rack=r3          ~ false
            rack not in {'r1','r2'}               ~ rack=r3          ~ true
            rack not in {'r1','r2'}               ~                  ~ true
            rack not in {'r1','r2'}               ~ rack=r1          ~ false
            has(gpu)                              ~ gpu=             ~ true
            has(gpu)                              ~ cpu=1            ~ false
            !has(gpu)                             ~ cpu=1            ~ true
            kubernetes.io/os == 'linux'           ~ kubernetes.io/os=linux ~ true
            rack starts with 'r'                  ~ rack=r1          ~ true
            rack starts with '1'                  ~ rack=r1          ~ false
            rack ends with '1'                    ~ rack=r1          ~ true
            rack ends with 'r'                    ~ rack=r1          ~ false
            rack contains '-b-'                   ~ rack=a-b-c       ~ true
            rack contains 'd'                     ~ rack=a-b-c       ~ false
            rack contains ''                      ~                  ~ false
            a == '1' && b == '2'                  ~ a=1,b=2          ~ true
            a == '1' && b == '2'                  ~ a=1              ~ false
            a == '1' || b == '2'                  ~ b=2              ~ true
            a == '1' || b == '2' && c == '3'      ~ a=1              ~ true
            (a == '1' || b == '2') && c == '3'    ~ a=1              ~ false
            !(a == '1' || b == '2')               ~ c=3              ~ true
            !a == '1'                             ~ a=2              ~ true
            !!has(a)                              ~ a=2              ~ true
            all == 'x'                            ~ all=x            ~ true
            in in {'in'}                          ~ in=in            ~ true
            """)
    void selects(String selector, String labels, boolean selected) {
        NodeSelector parsed = SelectorParser.parse(selector == null ? "" : selector);

        assertThat(parsed.matches(labels(labels))).isEqualTo(selected);
        assertThat(SelectorParser.parse(parsed == NodeSelector.ALL ? "all()" : parsed.toString()))
                .as("its canonical text %s means the same", parsed)
                .isEqualTo(parsed);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            global()             ~ must not use global(), which selects no node
            has(a) && global()   ~ must not use global(), which selects no node
            rack = 'r1'          ~ is no selector: '=' at character 6 has no meaning; equality is written ==
            rack == r1           ~ is no selector: expected a value in quotes at character 9, where there is 'r1'
            rack == 'r1          ~ is no selector: the quote at character 9 is not closed
            rack                 ~ is no selector: expected ==, !=, in, not in, contains, starts with or ends with at character 5, where it ends
            rack like 'r1'       ~ is no selector: expected ==, !=, in, not in, contains, starts with or ends with at character 6, where there is 'like'
            rack not 'r1'        ~ is no selector: expected 'in' at character 10, where there is 'r1'
            (has(a)              ~ is no selector: expected ')' at character 8, where it ends
            has(a))              ~ is no selector: expected &&, || or the end at character 7, where there is ')'
            has(a) has(b)        ~ is no selector: expected &&, || or the end at character 8, where there is 'has'
            has(a) &&            ~ is no selector: expected a label, has(), all(), ! or ( at character 10, where it ends
            any()                ~ is no selector: there is no function any()
            has('a')             ~ is no selector: expected a label at character 5, where there is 'a'
            a in {'x',}          ~ is no selector: expected a value in quotes at character 11, where there is '}'
            """)
    void refuses(String selector, String why) {
        assertThatThrownBy(() -> SelectorParser.parse(selector))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "!"})
    void nestingCannotExhaustTheStack(String opening) {
        assertThatThrownBy(() -> SelectorParser.parse(opening.repeat(1_000_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("is no selector: it is nested more than 100 deep");
    }

    @Test
    void longChainsAreNotNesting() {
        assertThat(SelectorParser.parse("has(a) && ".repeat(1000) + "has(a)").matches(Map.of("a", "")))
                .isTrue();
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new TreeMap<>();
        for (String pair : text == null ? new String[0] : text.split(",")) {
            labels.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        return labels;
    }
}
