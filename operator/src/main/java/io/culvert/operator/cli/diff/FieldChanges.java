package io.culvert.operator.cli.diff;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.rule.Rewrite;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** A resource's change, field by field. Pure. */
final class FieldChanges {

    private static final List<String> COMPARED = List.of("metadata.labels", "metadata.annotations", "spec");

    private FieldChanges() {}

    /**
     * A line for each field that changes: {@code spec.ipipMode: Always -> CrossSubnet}.
     *
     * @param before as it is stored; empty for a new resource
     */
    static List<String> of(Optional<Resource> before, Resource after) {
        Map<String, String> old =
                before.map(stored -> fields(Rewrite.withDefaults(stored))).orElseGet(TreeMap::new);
        Map<String, String> young = fields(Rewrite.withDefaults(after));
        SortedSet<String> names = new TreeSet<>(old.keySet());
        names.addAll(young.keySet());
        List<String> lines = new ArrayList<>();
        for (String name : names) {
            String from = old.getOrDefault(name, "");
            String to = young.getOrDefault(name, "");
            if (before.isEmpty()) {
                lines.add("+ " + name + ": " + to);
            } else if (!from.equals(to)) {
                lines.add("  " + name + ": " + said(from, to) + " -> " + said(to, from));
            }
        }
        return lines;
    }

    /** Calico leaves out what is false, so a missing value beside {@code true} is false. */
    private static String said(String value, String other) {
        if (!value.isEmpty()) {
            return value;
        }
        return other.equals("true") ? "false" : "(none)";
    }

    private static Map<String, String> fields(ObjectNode document) {
        Map<String, String> fields = new TreeMap<>();
        for (String path : COMPARED) {
            collect(path, document.at("/" + path.replace('.', '/')), fields);
        }
        return fields;
    }

    private static void collect(String path, JsonNode value, Map<String, String> fields) {
        if (value.isObject()) {
            value.properties().forEach(field -> collect(path + "." + field.getKey(), field.getValue(), fields));
        } else if (value.isArray() && value.path(0).isContainerNode()) {
            for (int i = 0; i < value.size(); i++) {
                collect(path + "[" + i + "]", value.path(i), fields);
            }
        } else if (!value.isMissingNode() && !value.isNull() && !(value.isArray() && value.isEmpty())) {
            fields.put(path, value.isTextual() ? value.textValue() : value.toString());
        }
    }
}
