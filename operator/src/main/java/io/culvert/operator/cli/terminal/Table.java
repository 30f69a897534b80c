package io.culvert.operator.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/** Rows in columns as wide as their widest cell, three spaces apart. Not for more than one thread. */
public final class Table {

    private static final String GAP = "   ";

    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... headers) {
        rows.add(List.of(headers));
    }

    /** Adds a row of as many cells as there are headers. */
    public void row(String... cells) {
        rows.add(List.of(cells));
    }

    /** The lines, without spaces at their ends. */
    public List<String> lines(boolean headers) {
        return rows.stream().skip(headers ? 0 : 1).map(this::line).toList();
    }

    private String line(List<String> row) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            String cell = row.get(column);
            line.append(cell).append(" ".repeat(width(column) - cell.length())).append(GAP);
        }
        return line.toString().stripTrailing();
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }
}
