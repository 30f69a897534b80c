package io.culvert.charts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.marcnuri.helm.Helm;
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

final class ChartTest {

    private static final List<ValueSet> GOOD = ValueSet.good();
    private static final List<ValueSet> WRONG = ValueSet.wrong();

    @Test
    void helmFindsNothingToBlame() {
        LintResult result = new Helm(ValueSet.CHART).lint().strict().call();

        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    }

    @Test
    void chartAndProductHaveOneVersion() throws IOException {
        JsonNode chart =
                new YAMLMapper().readTree(ValueSet.CHART.resolve("Chart.yaml").toFile());

        assertThat(chart.path("version").asText()).isEqualTo(System.getProperty("culvert.version"));
        assertThat(chart.path("appVersion").asText()).isEqualTo(System.getProperty("culvert.version"));
    }

    @ParameterizedTest
    @FieldSource("GOOD")
    void rendersAsRecorded(ValueSet values) throws IOException {
        String rendered = values.render();
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
        List<Manifest> manifests = Manifest.of(values.render());

        assertThat(manifests).isNotEmpty();
        for (Manifest manifest : manifests) {
            assertThat(manifest.throughKubernetes()).isEqualTo(manifest.tree());
        }
    }

    @ParameterizedTest
    @FieldSource("GOOD")
    void theAgentMayChangeTheNetworkAndNothingElse(ValueSet values) throws IOException {
        JsonNode pod = daemonSet(values).at("/spec/template/spec");
        JsonNode container = pod.at("/containers/0/securityContext");

        assertThat(pod.at("/containers")).hasSize(1);
        assertThat(pod.at("/hostNetwork").asText()).isEqualTo("true");
        assertThat(pod.at("/automountServiceAccountToken").asText()).isEqualTo("false");
        assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        assertThat(container.at("/capabilities")).hasToString("{\"drop\":[\"ALL\"],\"add\":[\"NET_ADMIN\"]}");
        assertThat(container.at("/privileged").asText()).isEqualTo("false");
        assertThat(container.at("/allowPrivilegeEscalation").asText()).isEqualTo("false");
        assertThat(container.at("/readOnlyRootFilesystem").asText()).isEqualTo("true");
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

    @ParameterizedTest
    @FieldSource("WRONG")
    void namesWhatIsWrong(ValueSet values) throws IOException {
        String expected = values.expected();

        assertThatThrownBy(values::render).hasMessageContaining(expected);
    }

    @Test
    void notesSayHowToSeeTheStatus() {
        assertThat(ValueSet.named("everything").notes())
                .contains("kubectl -n kube-system exec daemonset/overlay-agent -- culvert status")
                .doesNotContain("WARNING");
    }

    @Test
    void notesWarnOfAnUnprotectedDatastore() {
        assertThat(ValueSet.named("plain").notes())
                .contains("WARNING: etcd is reached without TLS at http://127.0.0.1:2379")
                .contains("WARNING: etcd.tls.existingSecret is not set");
    }

    private static Manifest daemonSet(ValueSet values) throws IOException {
        return Manifest.of(values.render()).stream()
                .filter(manifest -> manifest.at("/kind").asText().equals("DaemonSet"))
                .findFirst()
                .orElseThrow();
    }

    private static String environment(ValueSet values, String name) throws IOException {
        for (JsonNode variable : daemonSet(values).at("/spec/template/spec/containers/0/env")) {
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
