package io.culvert.operator.calico.selector;

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
            has == 'x' && not not in {'y'}        ~ has=x            ~ true
            rack in {'r1',}                       ~ rack=r1          ~ true
            rack notin {'r1'}                     ~ rack=r1          ~ false
            rack notin {'r1'}                     ~                  ~ true
            rack not in {}                        ~ rack=r1          ~ true
            rack startswith 'r'                   ~ rack=r1          ~ true
            rack endswith'1'                      ~ rack=r1          ~ true
            rack in{'r1'}                         ~ rack=r1          ~ true
            rack not  in	{ 'r1' , 'r2' }         ~ rack=r1          ~ false
            rack starts with ''                   ~ rack=r1          ~ true
            rack starts with ''                   ~                  ~ false
            rack ends with 'x'                    ~                  ~ false
            !rack contains 'x'                    ~                  ~ true
            rack == ''                            ~ rack=            ~ true
            rack == ''                            ~                  ~ false
            rack != ''                            ~                  ~ true
            rack == 'a"b'                         ~ rack=a"b         ~ true
            rack == "it's"                        ~ rack=it's        ~ true
            rack == 'a\\nb'                       ~ rack=a\\nb       ~ true
            rack == ' r1 '                        ~ rack=r1          ~ false
            rack == 'R1'                          ~ rack=r1          ~ false
            has( gpu )                            ~ gpu=1            ~ true
            all( )                                ~                  ~ true
            has(example.com/a_b-c.d)              ~ example.com/a_b-c.d=1 ~ true
            0a == '1'                             ~ 0a=1             ~ true
            ((has(a)))&&!(has(b))                 ~ a=1              ~ true
            has(a) && has(b) || has(c)            ~ c=1              ~ true
            !has(a) && has(b)                     ~ b=1              ~ true
            !has(a) || has(a)                     ~                  ~ true
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
            global()             ~ must not use global() at character 1, which selects no node
            has(a) && global()   ~ must not use global() at character 11, which selects no node
            has (a)              ~ invalid selector: expected ==, !=, in, not in, contains, starts with or ends with at character 5, found '('
            all () && has(a)     ~ invalid selector: expected ==, !=, in, not in, contains, starts with or ends with at character 5, found '('
            all(a)               ~ invalid selector: expected ')' at character 5, found 'a'
            has()                ~ invalid selector: expected a label at character 5, found ')'
            ()                   ~ invalid selector: expected a label, has(), all(), ! or ( at character 2, found ')'
            ! && has(a)          ~ invalid selector: expected a label, has(), all(), ! or ( at character 3, found '&&'
            has(a) & has(b)      ~ invalid selector: unexpected '&' at character 8
            a == 'b'c'           ~ invalid selector: unclosed quote at character 10
            'a' == 'b'           ~ invalid selector: expected a label, has(), all(), ! or ( at character 1, found 'a'
            a == 'x' in {'y'}    ~ invalid selector: expected &&, || or the end at character 10, found 'in'
            a in 'x'             ~ invalid selector: expected '{' at character 6, found 'x'
            a in {x}             ~ invalid selector: expected a value in quotes at character 7, found 'x'
            a in {'x' 'y'}       ~ invalid selector: expected '}' at character 11, found 'y'
            a in {,}             ~ invalid selector: expected a value in quotes at character 7, found ','
            a starts 'x'         ~ invalid selector: expected 'with' at character 10, found 'x'
            ä == 'x'             ~ invalid selector: unexpected 'ä' at character 1
            rack = 'r1'          ~ invalid selector: unexpected '=' at character 6; use == for equality
            rack == r1           ~ invalid selector: expected a value in quotes at character 9, found 'r1'
            rack == 'r1          ~ invalid selector: unclosed quote at character 9
            rack                 ~ invalid selector: expected ==, !=, in, not in, contains, starts with or ends with at character 5, found the end
            rack like 'r1'       ~ invalid selector: expected ==, !=, in, not in, contains, starts with or ends with at character 6, found 'like'
            rack not 'r1'        ~ invalid selector: expected 'in' at character 10, found 'r1'
            (has(a)              ~ invalid selector: expected ')' at character 8, found the end
            has(a))              ~ invalid selector: expected &&, || or the end at character 7, found ')'
            has(a) has(b)        ~ invalid selector: expected &&, || or the end at character 8, found 'has'
            has(a) &&            ~ invalid selector: expected a label, has(), all(), ! or ( at character 10, found the end
            any()                ~ invalid selector: unknown function any() at character 1
            has('a')             ~ invalid selector: expected a label at character 5, found 'a'
            """)
    void refuses(String selector, String why) {
        assertThatThrownBy(() -> SelectorParser.parse(selector))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(why);
    }

    @Test
    void aLineBreakIsNoSpace() {
        assertThat(SelectorParser.parse("has(a)\t&&  has(b) ").matches(Map.of("a", "", "b", "")))
                .isTrue();
        assertThatThrownBy(() -> SelectorParser.parse("has(a) &&\nhas(b)"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at character 10");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "!"})
    void nestingCannotExhaustTheStack(String opening) {
        assertThatThrownBy(() -> SelectorParser.parse(opening.repeat(1_000_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("invalid selector: nested more than 100 levels deep");
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
