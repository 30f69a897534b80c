package io.culvert.charts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the chart gives to Prometheus and Grafana. */
final class MonitoringTest {

    private static final Path FILES = Chart.CULVERT.file("files");

    /** Their templates are for Prometheus to fill in, not for Helm. */
    @Test
    void theAlertsAreThoseOfTheFileWordForWord() throws IOException {
        JsonNode file = new YAMLMapper().readTree(FILES.resolve("alerts.yaml").toFile());

        assertThat(file.findValuesAsText("summary")).anyMatch(summary -> summary.contains("{{ $labels."));
        assertThat(ValueSet.named("pod-monitor").manifest("PrometheusRule").at("/spec"))
                .isEqualTo(file);
    }

    @Test
    void anAlertCanBeTakenOutAndChangedAndAdded() throws IOException {
        Map<String, JsonNode> before = alerts("pod-monitor");
        Map<String, JsonNode> after = alerts("service-monitor");

        assertThat(before).containsKey("CulvertDriftStorm");
        before.remove("CulvertDriftStorm");
        ObjectNode changed = (ObjectNode) before.get("CulvertPoolNotConverged");
        changed.put("for", "30m").withObject("/labels").put("severity", "page");
        before.forEach((name, rule) -> {
            String runbook = rule.at("/annotations/runbook_url").asText();
            ((ObjectNode) rule.path("annotations")).put("runbook_url", "https://example.org/culvert/docs/" + runbook);
        });
        assertThat(after.remove("job:culvert_pool_converged:min").path("expr").asText())
                .isEqualTo("min by (job) (culvert_pool_converged)");
        assertThat(after).isEqualTo(before);
    }

    private static Map<String, JsonNode> alerts(String values) throws IOException {
        Map<String, JsonNode> rules = new LinkedHashMap<>();
        for (JsonNode group : ValueSet.named(values).manifest("PrometheusRule").at("/spec/groups")) {
            group.path("rules").forEach(rule -> rules.put(nameOf(rule), rule));
        }
        return rules;
    }

    private static String nameOf(JsonNode rule) {
        return rule.path("alert").asText(rule.path("record").asText());
    }

    @Test
    void theDashboardIsTheFileWordForWord() throws IOException {
        String rendered = ValueSet.named("pod-monitor")
                .manifest("ConfigMap")
                .at("/data/culvert.json")
                .asText();

        assertThat(rendered)
                .isEqualTo(Files.readString(FILES.resolve("dashboard.json")).strip());
        assertThat(new ObjectMapper().readTree(rendered).path("title").asText()).isEqualTo("Culvert");
    }

    /** The alerts and the dashboard look for a job of that name, whatever the release is called. */
    @ParameterizedTest
    @ValueSource(strings = {"pod-monitor=PodMonitor=podMetricsEndpoints", "service-monitor=ServiceMonitor=endpoints"})
    void theJobIsCulvertAndTheNodeIsNamed(String expected) throws IOException {
        String[] parts = expected.split("=", -1);
        ValueSet values = ValueSet.named(parts[0]);
        JsonNode spec = values.manifest(parts[1]).at("/spec");
        JsonNode endpoint = spec.path(parts[2]).path(0);
        String jobLabel = spec.path("jobLabel").asText();
        String labels = parts[1].equals("PodMonitor") ? "/spec/template/metadata/labels" : "/metadata/labels";
        Manifest scraped = values.manifest(parts[1].equals("PodMonitor") ? "DaemonSet" : "Service");

        assertThat(scraped.at(labels).path(jobLabel).asText()).isEqualTo("culvert");
        assertThat(endpoint.at("/relabelings/0"))
                .hasToString("{\"sourceLabels\":[\"__meta_kubernetes_pod_node_name\"],\"targetLabel\":\"node\"}");
        assertThat(endpoint.at("/metricRelabelings/0/action").asText()).isEqualTo("drop");
        assertThat("culvert_reconcile_created culvert_blocks".split(" ", -1))
                .filteredOn(name ->
                        name.matches(endpoint.at("/metricRelabelings/0/regex").asText()))
                .containsExactly("culvert_reconcile_created");
        assertThat(endpoint.path("port")).isEqualTo(port(values));
    }

    private static JsonNode port(ValueSet values) throws IOException {
        return values.manifest("DaemonSet").at("/spec/template/spec/containers/0/ports/0/name");
    }

    /** Helm's engine here knows Kubernetes' own kinds only: a chart that asks for one of those shows that it does ask. */
    @ParameterizedTest
    @ValueSource(
            strings = {"pod-monitor-without-operator", "service-monitor-without-operator", "alerts-without-operator"})
    void aClusterThatKnowsTheKindIsEnough(String name, @TempDir Path directory) throws IOException {
        Path values = Path.of("src/test/resources/wrong", name + ".yaml");

        assertThat(asking("batch/v1", directory.resolve("known")).render(values))
                .contains("apiVersion: monitoring.coreos.com/v1");
        assertThatThrownBy(
                        () -> asking("batch/v9", directory.resolve("unknown")).render(values))
                .hasMessageContaining("the cluster has no ");
    }

    private static Chart asking(String version, Path directory) throws IOException {
        String question = "(printf \"monitoring.coreos.com/v1/%s\" .kind)";
        assertThat(Files.readString(Chart.CULVERT.file("templates/_culvert.tpl")))
                .contains(question);
        return Chart.CULVERT.copy(directory, text -> text.replace(question, '"' + version + '"'));
    }

    @Test
    void nothingOfItIsThereUnlessAskedFor() throws IOException {
        assertThat(ValueSet.named("default").manifests())
                .extracting(Manifest::kind)
                .containsExactlyInAnyOrderElementsOf(List.of("ServiceAccount", "DaemonSet", "Pod"));
    }
}
