package io.culvert.operator.cli.input;

import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Resource;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * One resource from a file, as somebody wrote it, with what it was decoded to and the places of its fields.
 *
 * @param place where it came from: {@code pools.yaml, document 2, item 1}
 * @param checked the resource, or its faults
 * @param prefix of its fields in {@code lines}: empty, or {@code items[0].} in a list
 * @param lines the line of each field of the whole document, from 1
 */
public record Document(String place, Decoded<Resource> checked, String prefix, Map<String, Integer> lines) {

    /**
     * The resource.
     *
     * @throws IllegalStateException for a document with faults
     */
    public Resource resource() {
        if (checked instanceof Decoded.Valid<Resource> valid) {
            return valid.value();
        }
        throw new IllegalStateException(place + " has faults");
    }

    /** Only for a document without faults. */
    public Kind kind() {
        return resource().kind();
    }

    /** Only for a document without faults. */
    public String name() {
        return resource().name();
    }

    /** {@code ippool/blue}; only for a document without faults. */
    public String title() {
        return resource().title();
    }

    /** Its faults, one line each. */
    List<String> faults() {
        return checked instanceof Decoded.Invalid<Resource> invalid
                ? invalid.faults().stream().map(this::report).toList()
                : List.of();
    }

    /** The fault with its place, as one line. */
    public String report(Fault fault) {
        OptionalInt line = lineOf(prefix + fault.path());
        return place + (line.isPresent() ? ", line " + line.getAsInt() : "") + ": " + fault;
    }

    /** The line of the field, or of the nearest existing one around it. */
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
