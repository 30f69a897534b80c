package io.culvert.operator.cli.explain;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.field.FieldDoc;
import io.culvert.operator.calico.field.FieldPath;
import io.culvert.operator.cli.terminal.JsonOutput;
import io.culvert.operator.cli.terminal.Table;
import java.util.ArrayList;
import java.util.List;

/** The documentation of a field as text. Pure. */
record FieldView(FieldPath path) {

    /** The meaning first, then type, default and rule, then the fields below. */
    List<String> lines() {
        FieldDoc doc = path.doc();
        List<String> lines = new ArrayList<>(List.of(path + ": " + doc.meaning(), ""));
        Table facts = new Table("", "");
        facts.row("  kind", path.kind().toString());
        facts.row("  type", doc.type());
        facts.row("  default", doc.absent());
        if (!doc.rule().isEmpty()) {
            facts.row("  rule", doc.rule());
        }
        facts.row("  changes", doc.immutable() ? "never: delete and recreate the resource" : "at any time");
        lines.addAll(facts.lines(false));
        if (!path.below().isEmpty()) {
            lines.add("");
            lines.addAll(fields().lines(true));
        }
        return lines;
    }

    private Table fields() {
        Table table = new Table("FIELD", "TYPE", "DEFAULT", "MEANING");
        for (FieldPath field : path.below()) {
            FieldDoc doc = field.doc();
            String name = field.names().get(field.names().size() - 1);
            table.row(name, doc.type(), doc.absent(), doc.meaning());
        }
        return table;
    }

    /** The same for a program. */
    List<String> json() {
        ObjectNode root = json(JsonOutput.object(), path);
        path.below().forEach(field -> json(root.withArray("fields").addObject(), field));
        return JsonOutput.lines(root);
    }

    private static ObjectNode json(ObjectNode json, FieldPath path) {
        FieldDoc doc = path.doc();
        json.put("field", path.toString()).put("type", doc.type()).put("default", doc.absent());
        return json.put("rule", doc.rule()).put("immutable", doc.immutable()).put("meaning", doc.meaning());
    }
}
