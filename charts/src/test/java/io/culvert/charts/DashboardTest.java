package io.culvert.charts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The dashboard without Grafana: its structure, and its queries by Prometheus' parser. */
final class DashboardTest {

    private static final JsonNode DASHBOARD = dashboard();
    private static final List<Panel> PANELS = panels();
    private static final int COLUMNS = 24;
    private static final String NODE_EXPORTER = "(needs node_exporter)";
    private static final Set<String> OF_NODE_EXPORTER = Set.of(
            "node_network_receive_bytes_total",
            "node_network_transmit_bytes_total",
            "node_network_receive_drop_total",
            "node_network_transmit_drop_total",
            "node_network_receive_errs_total",
            "node_network_transmit_errs_total");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)}?");

    /** What Grafana puts in the place of a variable before it asks. */
    private static final Map<String, String> VALUES = Map.of(
            "__rate_interval",
            "5m",
            "top",
            "10",
            "node",
            "n1|n2",
            "pool",
            ".*",
            "device",
            "culvert0",
            "datasource",
            "x");

    private record Panel(JsonNode json) {
        boolean isRow() {
            return json.path("type").asText().equals("row");
        }

        String title() {
            return json.path("title").asText();
        }

        List<String> queries() {
            List<String> queries = new ArrayList<>();
            json.path("targets")
                    .forEach(target -> queries.add(target.path("expr").asText()));
            return queries;
        }

        int at(String field) {
            return json.path("gridPos").path(field).asInt();
        }

        @Override
        public String toString() {
            return title();
        }
    }

    private static JsonNode dashboard() {
        try {
            return new JsonMapper()
                    .readTree(Chart.CULVERT.file("files/dashboard.json").toFile());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Panel> panels() {
        List<Panel> panels = new ArrayList<>();
        DASHBOARD.path("panels").forEach(panel -> panels.add(new Panel(panel)));
        return panels;
    }

    private static final List<Panel> CHARTS =
            PANELS.stream().filter(panel -> !panel.isRow()).toList();

    private static String filledIn(String query) {
        return VARIABLE.matcher(query).replaceAll(match -> VALUES.get(match.group(1)));
    }

    @ParameterizedTest
    @FieldSource("CHARTS")
    void prometheusUnderstandsEveryQuery(Panel panel) throws Exception {
        assertThat(panel.queries()).isNotEmpty();
        for (String query : panel.queries()) {
            Promtool parsed = Promtool.parse(filledIn(query));
            assertThat(parsed.status()).as("%s%n%s", query, parsed.output()).isZero();
        }
    }

    @ParameterizedTest
    @FieldSource("CHARTS")
    void asksOnlyForWhatThereIs(Panel panel) throws IOException {
        boolean exported = panel.title().endsWith(NODE_EXPORTER);
        Set<String> known = exported ? OF_NODE_EXPORTER : MetricNames.served();
        for (String query : panel.queries()) {
            assertThat(MetricNames.in(filledIn(query))).as(query).isNotEmpty().isSubsetOf(known);
        }
    }

    @ParameterizedTest
    @FieldSource("CHARTS")
    void saysWhatItShowsInWhichUnit(Panel panel) {
        assertThat(panel.title()).isNotEmpty();
        assertThat(panel.json().path("description").asText()).endsWith(".");
        assertThat(panel.json().at("/fieldConfig/defaults/unit").asText()).isNotEmpty();
    }

    /** Whoever imports it has a data source by another name. */
    @ParameterizedTest
    @FieldSource("CHARTS")
    void asksTheDataSourceThatIsChosen(Panel panel) {
        assertThat(panel.json().at("/datasource/uid").asText()).isEqualTo("${datasource}");
        for (JsonNode target : panel.json().path("targets")) {
            assertThat(target.at("/datasource/uid").asText()).isEqualTo("${datasource}");
        }
    }

    @ParameterizedTest
    @FieldSource("CHARTS")
    void followsTheChoiceOfNodes(Panel panel) {
        boolean exported = panel.title().endsWith(NODE_EXPORTER);
        assertThat(panel.queries()).allMatch(query -> exported ^ query.contains("culvert_node_info{node=~\"$node\"}"));
    }

    @Test
    void everyVariableThatIsUsedIsThere() {
        Set<String> defined = new HashSet<>(Set.of("__rate_interval"));
        DASHBOARD
                .at("/templating/list")
                .forEach(variable -> defined.add(variable.path("name").asText()));
        Set<String> used = CHARTS.stream()
                .flatMap(panel -> VARIABLE.matcher(panel.json().toString()).results())
                .map(match -> match.group(1))
                .collect(Collectors.toSet());
        assertThat(used).isEqualTo(defined);
    }

    @Test
    void variablesAskOnlyForWhatThereIs() throws IOException {
        List<String> asked = new ArrayList<>();
        for (JsonNode variable : DASHBOARD.at("/templating/list")) {
            if (variable.path("type").asText().equals("query")) {
                asked.add(variable.at("/query/query").asText());
            }
        }
        List<MatchResult> parts = asked.stream()
                .flatMap(query -> Pattern.compile("^label_values\\((\\w+), (\\w+)\\)$")
                        .matcher(query)
                        .results())
                .toList();
        assertThat(parts).hasSameSizeAs(asked).hasSize(2);
        assertThat(MetricNames.served())
                .containsAll(parts.stream().map(part -> part.group(1)).toList());
    }

    @Test
    void panelsAreNumberedOnce() {
        assertThat(PANELS).extracting(panel -> panel.json().path("id").asInt()).doesNotHaveDuplicates();
        assertThat(PANELS).extracting(Panel::title).doesNotHaveDuplicates();
    }

    @Test
    void panelsFillTheGridWithoutOverlap() {
        Set<List<Integer>> taken = new HashSet<>();
        int bottom = 0;
        for (Panel panel : PANELS) {
            assertThat(panel.at("x") + panel.at("w")).as(panel.title()).isBetween(1, COLUMNS);
            assertThat(panel.at("h")).as(panel.title()).isPositive();
            for (int x = panel.at("x"); x < panel.at("x") + panel.at("w"); x++) {
                for (int y = panel.at("y"); y < panel.at("y") + panel.at("h"); y++) {
                    assertThat(taken.add(List.of(x, y)))
                            .as("%s at %d,%d", panel, x, y)
                            .isTrue();
                    bottom = Math.max(bottom, y + 1);
                }
            }
        }
        assertThat(taken).hasSize(COLUMNS * bottom);
    }

    @Test
    void rowsAreThoseThatAnOperatorLooksFor() {
        assertThat(PANELS.stream().filter(Panel::isRow))
                .extracting(Panel::title)
                .containsExactly("Overview", "Drift", "Datastore", "Kernel operations", "Tunnel", "JVM");
    }
}
