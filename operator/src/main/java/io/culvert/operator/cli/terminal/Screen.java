package io.culvert.operator.cli.terminal;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A terminal's screen, redrawn in place: from the top, each row cleared behind its end, then everything below, in one
 * write, so that nothing flickers. The control sequences are those of ECMA-48. Safe for any number of threads.
 */
public final class Screen implements AutoCloseable {

    private static final char ESCAPE = '\u001b';
    private static final String HOME = ESCAPE + "[H";
    private static final String CLEAR_SCREEN = ESCAPE + "[2J";
    private static final String CLEAR_ROW = ESCAPE + "[K";
    private static final String CLEAR_BELOW = ESCAPE + "[J";
    private static final String HIDE_CURSOR = ESCAPE + "[?25l";
    private static final String SHOW_CURSOR = ESCAPE + "[?25h";

    private final PrintWriter out;
    private List<String> drawn = List.of();
    private boolean closed;

    /** How many rows and columns a terminal has. */
    record Size(int rows, int columns) {
        private static final Size USUAL = new Size(24, 80);
    }

    public Screen(PrintWriter out) {
        this.out = out;
        out.print(HIDE_CURSOR + CLEAR_SCREEN);
    }

    /** Shows the lines, or as many as fit; does nothing if they are already shown. */
    public synchronized void draw(List<String> lines) {
        List<String> rows = fit(lines, size());
        if (closed || rows.equals(drawn)) {
            return;
        }
        StringBuilder text = new StringBuilder(HOME);
        rows.forEach(row -> text.append(row).append(CLEAR_ROW).append('\n'));
        out.print(text.append(CLEAR_BELOW));
        out.flush();
        drawn = rows;
    }

    /** The lines as rows: long ones folded, and the last row counts those that do not fit. */
    static List<String> fit(List<String> lines, Size size) {
        List<String> rows = lines.stream()
                .flatMap(line -> fold(line, size.columns()).stream())
                .toList();
        int room = Math.max(1, size.rows() - 1);
        if (rows.size() <= room) {
            return rows;
        }
        List<String> first = new ArrayList<>(rows.subList(0, room - 1));
        first.add("... " + (rows.size() - room + 1) + " more rows");
        return first;
    }

    /** Colours take no room; they end in {@code m}. */
    private static List<String> fold(String line, int columns) {
        List<String> rows = new ArrayList<>();
        StringBuilder row = new StringBuilder();
        int used = 0;
        boolean colour = false;
        for (int i = 0; i < line.length(); i++) {
            char letter = line.charAt(i);
            colour = colour || letter == ESCAPE;
            if (!colour && used == columns) {
                rows.add(row.toString());
                row.setLength(0);
                used = 0;
            }
            row.append(letter);
            used += colour ? 0 : 1;
            colour = colour && letter != 'm';
        }
        rows.add(row.toString());
        return rows;
    }

    // Java has no way to ask; stty (POSIX) asks the terminal it reads from.
    private static Size size() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] words = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", 2);
            Size size = new Size(Integer.parseInt(words[0]), Integer.parseInt(words[words.length - 1]));
            return size.rows() > 0 && size.columns() > 0 ? size : Size.USUAL;
        } catch (IOException | NumberFormatException unknown) {
            return Size.USUAL;
        }
    }

    /** Leaves the text and shows the cursor again. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            out.print(SHOW_CURSOR);
            out.flush();
        }
    }
}
