package io.culvert.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** An HTTP answer. */
record Http(int status, String body) {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    /** An etcd without a leader answers after 7 s, and on a busy machine any takes a while. */
    private static final int POST_LIMIT_MILLIS = 20_000;

    static Http get(String url) {
        try {
            HttpResponse<String> answer = CLIENT.send(
                    HttpRequest.newBuilder(URI.create(url))
                            .timeout(Eventually.DEADLINE)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return new Http(answer.statusCode(), answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(url, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Posts JSON over a connection of its own: the server may have been restarted since the last one. */
    static Http post(String url, String json, Optional<String> token) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(url).toURL().openConnection();
            connection.setConnectTimeout(POST_LIMIT_MILLIS);
            connection.setReadTimeout(POST_LIMIT_MILLIS);
            connection.setRequestProperty("Connection", "close");
            token.ifPresent(value -> connection.setRequestProperty("Authorization", value));
            connection.setDoOutput(true);
            try (OutputStream body = connection.getOutputStream()) {
                body.write(json.getBytes(UTF_8));
            }
            int status = connection.getResponseCode();
            try (InputStream answer = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                return new Http(status, new String(answer.readAllBytes(), UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(url + " " + json, e);
        }
    }

    /** The body as JSON, of an answer that must be good. */
    JsonNode json() {
        if (status != 200) {
            throw new AssertionError(toString());
        }
        return Json.parse(body);
    }

    /** Of metrics in Prometheus's text: the sum of one over its label values, or 0 when there is none. */
    double metric(String name) {
        return body.lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
