package io.culvert.charts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Values, schema and README speak of the same. */
final class ValuesTest {

    private final JsonNode schema = new ObjectMapper()
            .readTree(ValueSet.CHART.resolve("values.schema.json").toFile());
    private final JsonNode defaults =
            new YAMLMapper().readTree(ValueSet.CHART.resolve("values.yaml").toFile());
    private final String readme = Files.readString(ValueSet.CHART.resolve("README.md"));

    ValuesTest() throws IOException {}

    /**
     * A value that the schema knows.
     *
     * @param path such as {@code image.tag}
     * @param schema its part of the schema
     */
    private record Value(String path, JsonNode schema) {

        boolean isSection() {
            return schema.has("properties");
        }
    }

    @Test
    void everyValueIsDescribed() {
        assertThat(values(schema, ""))
                .allSatisfy(
                        value -> assertThat(value.schema().path("description").asText())
                                .as(value.path())
                                .isNotBlank());
    }

    @Test
    void noSectionTakesUnknownValues() {
        assertThat(schema.path("additionalProperties").asText()).isEqualTo("false");
        assertThat(values(schema, ""))
                .filteredOn(Value::isSection)
                .isNotEmpty()
                .allSatisfy(section -> assertThat(
                                section.schema().path("additionalProperties").asText())
                        .as(section.path())
                        .isEqualTo("false"));
    }

    /** {@code resources.limits.cpu} has no default on purpose: a throttled agent is a slow one. */
    @Test
    void everyValueHasADefault() {
        assertThat(values(schema, ""))
                .filteredOn(value ->
                        defaults.at("/" + value.path().replace('.', '/')).isMissingNode())
                .extracting(Value::path)
                .containsExactly("global", "resources.limits.cpu");
    }

    @Test
    void theReadmeTellsValueDefaultAndMeaning() {
        List<String> rows = values(schema, "").stream()
                .filter(value -> !value.isSection() && !value.path().equals("global"))
                .map(this::row)
                .toList();

        assertThat(readme.lines().filter(line -> line.startsWith("| `"))).containsExactlyElementsOf(rows);
    }

    private String row(Value value) {
        JsonNode byDefault = defaults.at("/" + value.path().replace('.', '/'));
        return "| `%s` | %s | %s |"
                .formatted(
                        value.path(),
                        byDefault.isMissingNode() ? "none" : "`" + byDefault + "`",
                        value.schema().path("description").asText());
    }

    private static List<Value> values(JsonNode schema, String prefix) {
        List<Value> found = new ArrayList<>();
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            String path = prefix + property.getKey();
            found.add(new Value(path, property.getValue()));
            found.addAll(values(property.getValue(), path + "."));
        }
        return found;
    }
}
