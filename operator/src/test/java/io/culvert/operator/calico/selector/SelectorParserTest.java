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
            has (a)              ~ is no selector: expected ==, !=, in, not in, contains, starts with or ends with at character 5, where there is '('
            all () && has(a)     ~ is no selector: expected ==, !=, in, not in, contains, starts with or ends with at character 5, where there is '('
            all(a)               ~ is no selector: expected ')' at character 5, where there is 'a'
            has()                ~ is no selector: expected a label at character 5, where there is ')'
            ()                   ~ is no selector: expected a label, has(), all(), ! or ( at character 2, where there is ')'
            ! && has(a)          ~ is no selector: expected a label, has(), all(), ! or ( at character 3, where there is '&&'
            has(a) & has(b)      ~ is no selector: '&' at character 8 has no meaning
            a == 'b'c'           ~ is no selector: the quote at character 10 is not closed
            'a' == 'b'           ~ is no selector: expected a label, has(), all(), ! or ( at character 1, where there is 'a'
            a == 'x' in {'y'}    ~ is no selector: expected &&, || or the end at character 10, where there is 'in'
            a in 'x'             ~ is no selector: expected '{' at character 6, where there is 'x'
            a in {x}             ~ is no selector: expected a value in quotes at character 7, where there is 'x'
            a in {'x' 'y'}       ~ is no selector: expected '}' at character 11, where there is 'y'
            a in {,}             ~ is no selector: expected a value in quotes at character 7, where there is ','
            a starts 'x'         ~ is no selector: expected 'with' at character 10, where there is 'x'
            ä == 'x'             ~ is no selector: 'ä' at character 1 has no meaning
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
            any()                ~ is no selector: there is no function any() at character 1
            has('a')             ~ is no selector: expected a label at character 5, where there is 'a'
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
                .hasMessageContaining("at character 10 has no meaning");
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
