package io.culvert.operator.cli.input;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import java.util.Map;
import java.util.OptionalInt;

/**
 * One resource from a file, as somebody wrote it, with the places of its fields.
 *
 * @param place where it came from: {@code pools.yaml, document 2, item 1}
 * @param content the resource
 * @param prefix of its fields in {@code lines}: empty, or {@code items[0].} in a list
 * @param lines the line of each field of the whole document, from 1
 */
public record Document(String place, ObjectNode content, String prefix, Map<String, Integer> lines) {

    /** Its kind; only for a document without faults. */
    public Kind kind() {
        return Kind.spelled(content.path("kind").asText()).orElseThrow();
    }

    /** Its name; only for a document without faults. */
    public String name() {
        return content.path("metadata").path("name").asText();
    }

    /** {@code ippool/blue}; only for a document without faults. */
    public String title() {
        return kind().singular() + "/" + name();
    }

    /** One line that says where the fault is and what it is. */
    public String report(Fault fault) {
        OptionalInt line = lineOf(prefix + fault.path());
        return place + (line.isPresent() ? ", line " + line.getAsInt() : "") + ": " + fault;
    }

    /** The line of the field, or of the nearest one around it that is there. */
    private OptionalInt lineOf(String path) {
        String around = path;
        while (!lines.containsKey(around) && !around.isEmpty()) {
            int end = Math.max(around.lastIndexOf('.'), around.lastIndexOf('['));
            around = around.substring(0, Math.max(end, 0));
        }
        Integer line = lines.get(around);
        return line == null ? OptionalInt.empty() : OptionalInt.of(line);
    }
}
