package io.culvert.charts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One run of Prometheus' own tool, ended. */
record Promtool(int status, String output) {

    static Promtool run(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Promtool(process.waitFor(), output);
    }

    /** Has Prometheus' parser read a query, as the expression of a recording rule. */
    static Promtool parse(String query) throws IOException, InterruptedException {
        Path rules = Files.createTempFile("query", ".yaml");
        try {
            String quoted = "'" + query.replace("'", "''") + "'";
            Files.writeString(
                    rules,
                    "groups: [{name: query, rules: [{record: 'culvert:query', expr: " + quoted + "}]}]",
                    StandardCharsets.UTF_8);
            return run("check", "rules", rules.toString());
        } finally {
            Files.delete(rules);
        }
    }
}
