package io.culvert.charts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the chart renders, for every set of values. */
final class ChartTest {

    private static final List<ValueSet> GOOD = ValueSet.good();
    private static final List<ValueSet> WRONG = ValueSet.wrong();

    @Test
    void helmFindsNothingToBlame() {
        LintResult result = Chart.CULVERT.helm().lint().strict().call();

        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    }

    @Test
    void chartAndProductHaveOneVersion() throws IOException {
        JsonNode chart =
                new YAMLMapper().readTree(Chart.CULVERT.file("Chart.yaml").toFile());

        assertThat(chart.path("version").asText()).isEqualTo(System.getProperty("culvert.version"));
        assertThat(chart.path("appVersion").asText()).isEqualTo(System.getProperty("culvert.version"));
    }

    @ParameterizedTest
    @FieldSource("GOOD")
    void rendersAsRecorded(ValueSet values) throws IOException {
        String rendered = values.renderToRecord();
        Path actual = Path.of("target", "golden", values + ".yaml");
        Files.createDirectories(actual.getParent());
        Files.writeString(actual, rendered);

        assertThat(values.golden())
                .as("if the change is meant: cp charts/%s charts/%s", actual, values.golden())
                .exists()
                .hasContent(rendered);
    }

    @ParameterizedTest
    @FieldSource("GOOD")
    void kubernetesKnowsEveryFieldAndType(ValueSet values) throws IOException {
        List<Manifest> manifests = values.manifests();

        assertThat(manifests).isNotEmpty();
        for (Manifest manifest : manifests) {
            assertThat(manifest.throughModel()).isEqualTo(manifest.tree());
        }
    }

    /** A DaemonSet adopts any pod without an owner that it selects, and kills what is too much. */
    @ParameterizedTest
    @FieldSource("GOOD")
    void theAgentsAreSelectedAndNothingElse(ValueSet values) throws IOException {
        List<Manifest> manifests = values.manifests();
        List<JsonNode> selectors = manifests.stream()
                .map(manifest -> manifest.kind().equals("Service")
                        ? manifest.at("/spec/selector")
                        : manifest.at("/spec/selector/matchLabels"))
                .filter(selector -> !selector.isMissingNode())
                .toList();

        assertThat(selectors).isNotEmpty();
        for (Manifest manifest : manifests) {
            JsonNode labels = manifest.kind().equals("Pod")
                    ? manifest.at("/metadata/labels")
                    : manifest.at("/spec/template/metadata/labels");
            for (JsonNode selector : labels.isMissingNode() ? List.<JsonNode>of() : selectors) {
                boolean selected = selector.properties().stream()
                        .allMatch(label -> label.getValue().equals(labels.path(label.getKey())));
                assertThat(selected)
                        .as("%s selects %s", selector, labels)
                        .isEqualTo(manifest.kind().equals("DaemonSet"));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("WRONG")
    void namesWhatIsWrong(ValueSet values) throws IOException {
        String expected = values.expected();

        assertThatThrownBy(values::render).hasMessageContaining(expected);
    }

    /** The launcher sets a maximum of its own, beside which Java ignores MaxRAMPercentage: so ask Java what holds. */
    @ParameterizedTest
    @ValueSource(strings = {"default=128", "everything=614"})
    void theHeapIsAShareOfTheLimit(String expected) throws Exception {
        String[] parts = expected.split("=", -1);
        String options = environment(ValueSet.named(parts[0]), "CULVERT_JAVA_OPTS");

        assertThat(maximumHeap(options)).isEqualTo(Long.parseLong(parts[1]) << 20);
    }

    @Test
    void withoutALimitTheLaunchersOwnMaximumHolds() throws IOException {
        assertThat(environment(ValueSet.named("plain"), "CULVERT_JAVA_OPTS")).isEmpty();
    }

    private static String environment(ValueSet values, String name) throws IOException {
        for (JsonNode variable : values.manifest("DaemonSet").at("/spec/template/spec/containers/0/env")) {
            if (variable.path("name").asText().equals(name)) {
                return variable.path("value").asText();
            }
        }
        return "";
    }

    private static long maximumHeap(String options) throws IOException, InterruptedException {
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx77m",
                        options,
                        "-XX:+PrintFlagsFinal",
                        "--version")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String flags = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(java.waitFor()).isZero();
        return Arrays.stream(flags.split("\n", -1))
                .filter(line -> line.contains(" MaxHeapSize "))
                .map(line -> line.replaceAll(".*= *(\\d+) .*", "$1"))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow();
    }
}
