package io.culvert.operator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonStreamContext;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/** Writes the lists of {@code /state}, each up to a limit, and counts what it leaves out. For one document. */
final class StateLists {

    /** Writes an entry. */
    @FunctionalInterface
    interface Entry<T> {
        void write(T entry) throws IOException;
    }

    /** Writes a row of a table. */
    @FunctionalInterface
    interface Row {
        void write(int row) throws IOException;
    }

    private final JsonGenerator json;
    private final int limit;
    private final Map<String, Integer> omitted = new TreeMap<>();

    StateLists(JsonGenerator json, int limit) {
        this.json = json;
        this.limit = limit;
    }

    /** The entries as the array {@code name} of the object that is being written. */
    <T> void write(String name, Collection<? extends T> entries, Entry<T> writer) throws IOException {
        json.writeArrayFieldStart(name);
        int written = 0;
        for (T entry : entries) {
            if (written == limit) {
                break;
            }
            writer.write(entry);
            written++;
        }
        end(entries.size() - written);
    }

    /** The selected rows of a table as the array {@code name} of the object that is being written. */
    void writeRows(String name, int rows, IntPredicate selected, Row writer) throws IOException {
        json.writeArrayFieldStart(name);
        int left = 0;
        int written = 0;
        for (int row = 0; row < rows; row++) {
            if (!selected.test(row)) {
                continue;
            }
            if (written < limit) {
                writer.write(row);
                written++;
            } else {
                left++;
            }
        }
        end(left);
    }

    private void end(int left) throws IOException {
        json.writeEndArray();
        if (left > 0) {
            omitted.put(path(json.getOutputContext()), left);
        }
    }

    /** Names of the objects around a list and its own, joined by dots. */
    private static String path(JsonStreamContext list) {
        JsonStreamContext around = list.getParent();
        boolean outermost = around == null || around.inRoot();
        return outermost ? list.getCurrentName() : path(around) + "." + list.getCurrentName();
    }

    /** How many entries the limit left out of each list, as the object {@code omitted}; nothing if none. */
    void writeOmitted() throws IOException {
        if (omitted.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("omitted");
        for (Map.Entry<String, Integer> list : omitted.entrySet()) {
            json.writeNumberField(list.getKey(), list.getValue());
        }
        json.writeEndObject();
    }
}
