package io.culvert.charts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The alert rules, their times as promtool plays them, and their runbook. */
final class AlertsTest {

    private static final Path RULES = Chart.CULVERT.file("files/alerts.yaml");
    private static final Path PLAYED = Path.of("src", "test", "promtool", "alerts.yaml");
    private static final Path RUNBOOK = Path.of("..", "docs", "runbook.md");
    private static final Pattern SECTION = Pattern.compile("(?m)^## (Culvert\\w+)$");

    /** What Prometheus itself makes. */
    private static final Set<String> PROMETHEUS = Set.of("up");

    private static final List<Alert> ALERTS = alerts();

    private record Alert(JsonNode rule) {
        String name() {
            return rule.path("alert").asText();
        }

        String expression() {
            return rule.path("expr").asText();
        }

        @Override
        public String toString() {
            return name();
        }
    }

    private static JsonNode yaml(Path file) {
        try {
            return new YAMLMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }

    private static List<Alert> alerts() {
        List<Alert> alerts = new ArrayList<>();
        yaml(RULES).at("/groups/0/rules").forEach(rule -> alerts.add(new Alert(rule)));
        return alerts;
    }

    private static Set<String> names() {
        Set<String> names = new TreeSet<>();
        ALERTS.forEach(alert -> names.add(alert.name()));
        return names;
    }

    @Test
    void promtoolFindsNothingToBlame() throws Exception {
        Promtool check = Promtool.run("check", "rules", "--lint=all", "--lint-fatal", RULES.toString());
        assertThat(check.status()).as(check.output()).isZero();
        assertThat(check.output()).contains("SUCCESS: " + ALERTS.size() + " rules found");
    }

    @Test
    void theyFireAndClearWhenTheyShould() throws Exception {
        Promtool played = Promtool.run("test", "rules", PLAYED.toString());
        assertThat(played.status()).as(played.output()).isZero();
    }

    /** A test that only shows that an alert fires, or that it does not, proves neither. */
    @ParameterizedTest
    @FieldSource("ALERTS")
    void isPlayedBothFiringAndNot(Alert alert) {
        Set<Boolean> fires = new TreeSet<>();
        for (JsonNode test : yaml(PLAYED).path("tests")) {
            for (JsonNode look : test.path("alert_rule_test")) {
                if (look.path("alertname").asText().equals(alert.name())) {
                    fires.add(!look.path("exp_alerts").isEmpty());
                }
            }
        }
        assertThat(fires).containsExactly(false, true);
    }

    @ParameterizedTest
    @FieldSource("ALERTS")
    void asksOnlyForWhatThereIs(Alert alert) throws IOException {
        Set<String> known = MetricNames.served();
        known.addAll(PROMETHEUS);
        assertThat(MetricNames.in(alert.expression())).isNotEmpty().isSubsetOf(known);
    }

    @ParameterizedTest
    @FieldSource("ALERTS")
    void tellsWhoeverIsWokenWhatItIsAndWhereToRead(Alert alert) {
        assertThat(alert.rule().at("/labels/severity").asText()).isIn("critical", "warning");
        assertThat(alert.rule().at("/for").asText()).isNotEmpty();
        assertThat(alert.rule().at("/annotations/summary").asText()).endsWith(".");
        assertThat(alert.rule().at("/annotations/description").asText()).endsWith(".");
        assertThat(alert.rule().at("/annotations/runbook_url").asText())
                .isEqualTo("runbook.md#" + alert.name().toLowerCase(Locale.ROOT));
    }

    @Test
    void theRunbookHasOneSectionForEachAndNoOther() throws IOException {
        List<String> sections = SECTION.matcher(Files.readString(RUNBOOK))
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(sections)
                .containsExactlyElementsOf(ALERTS.stream().map(Alert::name).toList());
    }

    @Test
    void theRunbookNamesOnlyMetricsThatThereAre() throws IOException {
        Set<String> mentioned = Pattern.compile("culvert_[a-z_]+")
                .matcher(Files.readString(RUNBOOK))
                .results()
                .map(MatchResult::group)
                .collect(java.util.stream.Collectors.toSet());
        assertThat(mentioned).isNotEmpty().isSubsetOf(MetricNames.served());
    }

    @Test
    void noNameIsGivenTwice() {
        assertThat(names()).hasSameSizeAs(ALERTS);
    }
}
