package io.culvert.operator.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The bytes that a terminal gets; their meaning is in ECMA-48 and, for the cursor, in xterm's ctlseqs. */
class ScreenTest {

    private static final String START = "\u001b[?25l\u001b[2J";
    private static final String HOME = "\u001b[H";
    private static final String ROW_END = "\u001b[K\n";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String SHOW_CURSOR = "\u001b[?25h";

    private final StringWriter bytes = new StringWriter();

    @Test
    void clearsOnceThenDrawsOverInPlaceAndGivesTheCursorBackOnce() {
        Screen screen = new Screen(new PrintWriter(bytes));
        screen.draw(List.of("two rows", "at first"));
        screen.draw(List.of("one"));
        screen.close();
        screen.close();

        assertThat(bytes)
                .hasToString(START
                        + (HOME + "two rows" + ROW_END + "at first" + ROW_END + CLEAR_BELOW)
                        + (HOME + "one" + ROW_END + CLEAR_BELOW)
                        + SHOW_CURSOR);
    }

    @Test
    void drawsNothingThatIsThereAlreadyAndNothingAfterItsEnd() {
        Screen screen = new Screen(new PrintWriter(bytes));
        screen.draw(List.of("one"));
        String drawn = bytes.toString();
        screen.draw(List.of("one"));
        assertThat(bytes).hasToString(drawn);

        screen.close();
        screen.draw(List.of("two"));
        assertThat(bytes).hasToString(drawn + SHOW_CURSOR);
    }

    @Test
    void cutsAtTheHeightAndCountsWhatIsCut() {
        List<String> lines = IntStream.range(0, 10).mapToObj(i -> "line " + i).toList();

        assertThat(Screen.fit(lines, new Screen.Size(11, 80))).isEqualTo(lines);
        assertThat(Screen.fit(lines, new Screen.Size(10, 80)))
                .hasSize(9)
                .startsWith("line 0")
                .endsWith("line 7", "... 2 more rows");
        assertThat(Screen.fit(lines, new Screen.Size(1, 80))).containsExactly("... 10 more rows");
    }

    @Test
    void foldsWhatIsTooWideWithoutCountingColours() {
        assertThat(Screen.fit(List.of("abcdefg", ""), new Screen.Size(24, 3))).containsExactly("abc", "def", "g", "");
        assertThat(Screen.fit(List.of("\u001b[31mrejected\u001b[0m"), new Screen.Size(24, 8)))
                .containsExactly("\u001b[31mrejected\u001b[0m");
    }
}
