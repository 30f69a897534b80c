package io.culvert.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A real Prometheus that scrapes the lab's agents and follows the chart's alert rules. So that nobody waits for hours, the
 * windows of the rules are a twentieth of what they are in the chart, and their delays ({@code for}) a hundred-and-fiftieth; the
 * times as they are have promtool as their test. For one thread.
 */
final class Prometheus implements AutoCloseable {

    private static final String ADDRESS = "127.0.0.1:9090";
    private static final Path CHART = Path.of(System.getenv("CULVERT_CHART"));
    private static final int WINDOWS = 20;
    private static final int DELAYS = 150;
    private static final Pattern WINDOW = Pattern.compile("(?<=\\[)\\d+[mhd](?=])");
    private static final Pattern DELAY = Pattern.compile("(?<=for: )\\d+[mhd](?=\n)");
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private final Follow process;

    private Prometheus(Follow process) {
        this.process = process;
    }

    /** Starts, and returns when it answers. */
    static Prometheus scraping(List<LabNode> nodes) {
        try {
            Path directory = Files.createTempDirectory(Path.of("/run/lab"), "prometheus");
            Files.writeString(directory.resolve("alerts.yaml"), hurried(read("alerts.yaml")));
            Files.writeString(directory.resolve("prometheus.yaml"), configuration(nodes));
            Prometheus started = new Prometheus(Follow.start(
                    "prometheus",
                    "--config.file=" + directory.resolve("prometheus.yaml"),
                    "--storage.tsdb.path=" + directory.resolve("data"),
                    "--web.listen-address=" + ADDRESS,
                    "--log.level=warn"));
            Eventually.holds(
                    "Prometheus is ready", () -> started.get("/-/ready").statusCode() == 200);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String configuration(List<LabNode> nodes) {
        String targets = nodes.stream().map(Prometheus::instance).collect(Collectors.joining(", "));
        return """
                global: { scrape_interval: 3s, scrape_timeout: 3s, evaluation_interval: 1s }
                rule_files: [alerts.yaml]
                scrape_configs:
                  - job_name: culvert
                    static_configs: [{ targets: [%s] }]
                """.formatted(targets);
    }

    /** The label {@code instance} of a node's series. */
    static String instance(LabNode node) {
        return node.address + ":9474";
    }

    private static String hurried(String rules) {
        String windows = WINDOW.matcher(rules).replaceAll(time -> seconds(time.group()) / WINDOWS + "s");
        return DELAY.matcher(windows).replaceAll(time -> seconds(time.group()) / DELAYS + "s");
    }

    private static long seconds(String time) {
        long number = Long.parseLong(time.substring(0, time.length() - 1));
        return switch (time.charAt(time.length() - 1)) {
            case 'm' -> Duration.ofMinutes(number).toSeconds();
            case 'h' -> Duration.ofHours(number).toSeconds();
            default -> Duration.ofDays(number).toSeconds();
        };
    }

    /** One of the files that the chart brings to Prometheus and Grafana. */
    static String read(String file) {
        try {
            return Files.readString(CHART.resolve("files").resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The alerts that fire: name, and instance where it is one node's. */
    List<String> firing() {
        List<String> firing = new ArrayList<>();
        for (JsonNode alert : answer("/api/v1/alerts").path("alerts")) {
            if (alert.path("state").asText().equals("firing")) {
                JsonNode labels = alert.path("labels");
                firing.add((labels.path("alertname").asText() + " "
                                + labels.path("instance").asText())
                        .strip());
            }
        }
        return firing;
    }

    /** The alert rules that were loaded, each with the health of its last evaluation. */
    List<String> rules() {
        List<String> rules = new ArrayList<>();
        for (JsonNode rule : answer("/api/v1/rules").at("/groups/0/rules")) {
            rules.add(rule.path("name").asText() + " " + rule.path("health").asText());
        }
        return rules;
    }

    /** How many series the query finds. */
    int series(String query) {
        String encoded = URLEncoder.encode(query, StandardCharsets.UTF_8);
        return answer("/api/v1/query?query=" + encoded).path("result").size();
    }

    private JsonNode answer(String path) {
        JsonNode answer = Json.parse(get(path).body());
        if (!answer.path("status").asText().equals("success")) {
            throw new AssertionError(path + ": " + answer);
        }
        return answer.path("data");
    }

    private HttpResponse<String> get(String path) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://" + ADDRESS + path))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException("Prometheus " + path + "; it says " + process.lines(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
