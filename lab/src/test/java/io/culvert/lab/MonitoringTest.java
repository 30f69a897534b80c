package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What people are woken by: each alert fires, alone, when the thing it watches breaks, and clears when that is mended, by a
 * real Prometheus that scrapes three agents.
 */
@InLab
@Order(13)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MonitoringTest {

    private static final String CLUSTER = "/calico/resources/v3/projectcalico.org/clusterinformations/default";
    private static final Pattern ALERT = Pattern.compile("(?m)^ +- alert: (\\w+)$");

    private final Lab lab;
    private Prometheus prometheus;

    MonitoringTest(Lab lab) {
        this.lab = lab;
    }

    @BeforeAll
    void start() {
        lab.withPool(Pool.ALWAYS);
        prometheus = Prometheus.scraping(lab.nodes);
    }

    @AfterAll
    void stop() {
        prometheus.close();
    }

    @BeforeEach
    void allIsWell() {
        lab.withPool(Pool.ALWAYS);
        fires();
    }

    private void fires(String... alerts) {
        Eventually.passes(() -> assertThat(prometheus.firing()).containsExactlyInAnyOrder(alerts));
    }

    private String[] onEveryNode(String alert) {
        return lab.nodes.stream().map(node -> on(node, alert)).toArray(String[]::new);
    }

    private static String on(LabNode node, String alert) {
        return alert + " " + Prometheus.instance(node);
    }

    @Test
    void everyRuleIsLoadedAndEvaluates() {
        List<String> expected = ALERT.matcher(Prometheus.read("alerts.yaml"))
                .results()
                .map(rule -> rule.group(1) + " ok")
                .toList();
        assertThat(expected).hasSize(10);
        Eventually.passes(() -> assertThat(prometheus.rules()).containsExactlyElementsOf(expected));
        Eventually.passes(() -> assertThat(prometheus.series("up == 1")).isEqualTo(lab.nodes.size()));
    }

    @Test
    void everyQueryOfTheDashboardFindsSomething() {
        for (JsonNode panel : Json.parse(Prometheus.read("dashboard.json")).path("panels")) {
            String title = panel.path("title").asText();
            if (!title.endsWith("(needs node_exporter)")) {
                for (JsonNode target : panel.path("targets")) {
                    String query = filledIn(target.path("expr").asText());
                    Eventually.passes(() -> assertThat(prometheus.series(query))
                            .as("%s: %s", title, query)
                            .isPositive());
                }
            }
        }
    }

    /** As Grafana asks when nothing is chosen. */
    private static String filledIn(String query) {
        return query.replace("$__rate_interval", "30s")
                .replace("$node", ".*")
                .replace("$pool", ".*")
                .replace("$top", "10");
    }

    @Test
    void aForeignRouteInThePlaceOfOurs() {
        String block = lab.block(lab.n2);
        lab.n1.run("ip", "route", "replace", block, "via", "10.0.1.1", "proto", "static");
        try {
            fires(on(lab.n1, "CulvertPoolNotConverged"), on(lab.n1, "CulvertChangesFailing"));
        } finally {
            lab.n1.run("ip", "route", "del", block, "proto", "static");
        }
        fires();
    }

    @Test
    void aDatastoreThatIsLocked() {
        lab.etcd.put(CLUSTER, "{\"metadata\":{\"name\":\"default\"},\"spec\":{\"datastoreReady\":false}}");
        try {
            fires(onEveryNode("CulvertSyncStuck"));
        } finally {
            lab.etcd.deleteAll(CLUSTER);
        }
        fires();
    }

    @Test
    void aDatastoreThatIsLost() {
        Command.run("lab-net", "etcd", "stop");
        try {
            fires(onEveryNode("CulvertDatastoreDown"));
        } finally {
            Command.run("lab-net", "etcd", "start");
        }
        fires();
    }

    @Test
    void aDocumentThatNobodyUnderstands() {
        lab.etcd.put(Pool.PREFIX + "broken", "{\"kind\":");
        fires("CulvertResourceRejected");
        lab.etcd.deleteAll(Pool.PREFIX + "broken");
        fires();
    }

    @Test
    void somebodyWhoDeletesARouteOnceWakesNobody() {
        String drift = "increase(culvert_drift_detected_total{instance=\"%s\", kind=\"route\"}[30s])"
                .formatted(Prometheus.instance(lab.n1));
        Eventually.passes(() -> assertThat(prometheus.series(drift + " == 0")).isPositive());
        lab.n1.run("ip", "route", "del", lab.block(lab.n2));
        Eventually.passes(() -> assertThat(prometheus.series(drift + " > 0")).isPositive());
        List<String> fired = new ArrayList<>();
        Eventually.holds("it is a while ago", () -> {
            fired.addAll(prometheus.firing());
            return prometheus.series(drift + " == 0") > 0;
        });
        assertThat(fired).isEmpty();
    }

    @Test
    void somebodyWhoKeepsDeletingARoute() {
        String block = lab.block(lab.n2);
        Eventually.passes(() -> {
            Command.attempt(Lab.in(lab.n1.name, "ip", "route", "del", block));
            assertThat(prometheus.firing()).containsExactly(on(lab.n1, "CulvertDriftStorm"));
        });
        fires();
    }

    @Test
    void aStrangerWhoKeepsSending() {
        try (Stranger stranger = Stranger.withTunnelTo(lab.n1);
                Follow ping = stranger.pings(lab.n1.workload())) {
            fires(on(lab.n1, "CulvertTunnelStrangers"));
            assertThat(ping.count(line -> line.contains("bytes from"))).isZero();
        }
        fires();
    }

    @Test
    void aNodeWhoseUnderlayCarriesLess() {
        lab.n1.run("ip", "link", "set", "eth0", "mtu", "1400");
        try {
            fires("CulvertMtuMismatch");
        } finally {
            lab.n1.run("ip", "link", "set", "eth0", "mtu", "1500");
        }
        fires();
    }

    @Test
    void anAgentThatIsKilled() {
        lab.n3.killAgent();
        fires(on(lab.n3, "CulvertAgentDown"));
        lab.startAgents();
        fires();
    }

    @Test
    void anAgentOfAnotherVersion() throws IOException {
        lab.n3.stopAgent();
        lab.n3.startAgent(Map.of("CULVERT_JAVA_OPTS", "-Xbootclasspath/a:" + sayingVersion("0.0.9")));
        try {
            fires("CulvertVersionSkew");
        } finally {
            lab.n3.stopAgent();
        }
        lab.startAgents();
        fires();
    }

    /** Java looks for resources there first. */
    private static Path sayingVersion(String version) throws IOException {
        Path directory = Files.createTempDirectory("version");
        Path resource = directory.resolve("io/culvert/operator/cli/terminal/version.properties");
        Files.createDirectories(resource.getParent());
        Files.writeString(resource, "version=" + version);
        return directory;
    }
}
