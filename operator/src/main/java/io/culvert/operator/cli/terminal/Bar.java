package io.culvert.operator.cli.terminal;

/** A share of a whole, as a bar on a terminal and as a percentage elsewhere. */
public final class Bar {

    private static final int WIDTH = 20;

    private Bar() {}

    /** {@code [#####               ]  26 %}: anything above zero has a mark, and only the whole is full. */
    public static String drawn(long part, long whole) {
        int marks = part == 0 || whole == 0 ? 0 : (int) Math.max(1, part * WIDTH / whole);
        int shown = Math.min(marks, WIDTH);
        return "[" + "#".repeat(shown) + " ".repeat(WIDTH - shown) + "]  " + percentage(part, whole);
    }

    /** {@code 26 %}, rounded down; {@code <1 %} for less than one but more than zero. */
    public static String percentage(long part, long whole) {
        long percent = whole == 0 ? 0 : part * 100 / whole;
        return part > 0 && percent == 0 ? "<1 %" : percent + " %";
    }
}
