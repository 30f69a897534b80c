package io.culvert.charts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Values, schema and README speak of the same. */
final class ValuesTest {

    private static final Path README = Chart.CULVERT.file("README.md");
    private static final String TABLE = "| value | default | meaning |\n|---|---|---|\n";

    private final JsonNode schema =
            new ObjectMapper().readTree(Chart.CULVERT.file("values.schema.json").toFile());
    private final JsonNode defaults =
            new YAMLMapper().readTree(Chart.CULVERT.file("values.yaml").toFile());

    ValuesTest() throws IOException {}

    /**
     * A value that the schema knows.
     *
     * @param path such as {@code image.tag}; an object in a list has {@code []} and one in a map {@code .*}
     * @param schema its part of the schema
     */
    private record Value(String path, JsonNode schema) {

        boolean isSection() {
            return schema.has("properties");
        }

        boolean isOfAList() {
            return path.contains("[]") || path.contains("*");
        }

        String pointer() {
            return "/" + path.replace('.', '/');
        }
    }

    @Test
    void everyValueIsDescribed() {
        assertThat(values())
                .filteredOn(
                        value -> !value.path().endsWith("[]") && !value.path().endsWith("*"))
                .hasSizeGreaterThan(100)
                .allSatisfy(
                        value -> assertThat(value.schema().path("description").asText())
                                .as(value.path())
                                .isNotBlank());
    }

    /** But for {@code global}, where a chart around this one puts what is meant for others too. */
    @Test
    void noSectionTakesUnknownValues() {
        assertThat(schema.path("additionalProperties").asText()).isEqualTo("false");
        assertThat(values())
                .filteredOn(Value::isSection)
                .filteredOn(value ->
                        !value.schema().path("additionalProperties").asText().equals("false"))
                .extracting(Value::path)
                .containsExactly("global");
    }

    /** Two have no default on purpose: a throttled agent is a slow one. The third takes rights of Prometheus that it may not have. */
    @Test
    void everyValueHasADefault() {
        assertThat(values())
                .filteredOn(value ->
                        !value.isOfAList() && defaults.at(value.pointer()).isMissingNode())
                .extracting(Value::path)
                .containsExactlyInAnyOrder(
                        "resources.limits.cpu",
                        "commandResources.limits.cpu",
                        "prometheus.podMonitor.attachMetadata.node",
                        "prometheus.serviceMonitor.attachMetadata.node");
    }

    @Test
    void theReadmeTellsValueDefaultAndMeaning() throws IOException {
        String readme = Files.readString(README);
        int start = readme.indexOf(TABLE) + TABLE.length();
        int end = readme.indexOf("\n\n", start) + 1;
        assertThat(start).isGreaterThan(TABLE.length());
        assertThat(end).isGreaterThan(start);
        String table = values().stream()
                .filter(value -> !value.isSection() && !value.isOfAList())
                .map(this::row)
                .collect(Collectors.joining());
        Path generated = Path.of("target", "README.md");
        Files.createDirectories(generated.getParent());
        Files.writeString(generated, readme.substring(0, start) + table + readme.substring(end));

        assertThat(readme)
                .as("to generate it: cp charts/%s charts/%s", generated, README)
                .isEqualTo(Files.readString(generated));
    }

    private String row(Value value) {
        JsonNode byDefault = defaults.at(value.pointer());
        return "| `%s` | %s | %s |%n"
                .formatted(
                        value.path(),
                        byDefault.isMissingNode() ? "none" : "`" + byDefault + "`",
                        value.schema().path("description").asText());
    }

    private List<Value> values() {
        return below(schema, "");
    }

    private static List<Value> below(JsonNode schema, String path) {
        List<Value> found = new ArrayList<>();
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            add(found, (path.isEmpty() ? "" : path + ".") + property.getKey(), property.getValue());
        }
        if (schema.has("items")) {
            add(found, path + "[]", schema.path("items"));
        }
        if (schema.path("additionalProperties").isObject()) {
            add(found, path + ".*", schema.path("additionalProperties"));
        }
        return found;
    }

    private static void add(List<Value> values, String path, JsonNode schema) {
        values.add(new Value(path, schema));
        values.addAll(below(schema, path));
    }
}
