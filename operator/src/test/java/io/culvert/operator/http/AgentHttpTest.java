package io.culvert.operator.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AgentHttpTest {

    private final AtomicReference<Health> ready = new AtomicReference<>(new Health(true, "ready"));
    private Vertx vertx;
    private int port;

    @BeforeEach
    void listen() throws Exception {
        vertx = Vertx.vertx();
        AgentHttp.Endpoints endpoints = new AgentHttp.Endpoints(
                () -> "culvert_ready 1\n",
                () -> {
                    throw new IllegalStateException("broken");
                },
                ready::get,
                () -> "{}");
        HttpServer server = new AgentHttp(vertx, endpoints)
                .listen("127.0.0.1", 0)
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        port = server.actualPort();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void servesMetricsAndState() throws Exception {
        HttpResponse<String> metrics = send("GET", "/metrics");
        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.headers().firstValue("content-type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(metrics.body()).isEqualTo("culvert_ready 1\n");
        assertThat(send("GET", "/state").body()).isEqualTo("{}");
    }

    @Test
    void saysWhyItIsNotReady() throws Exception {
        assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
        ready.set(new Health(false, "route 192.168.0.0/26: a foreign route is in its place"));

        HttpResponse<String> answer = send("GET", "/readyz");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("foreign route");
    }

    @Test
    void onlyReads() throws Exception {
        assertThat(send("POST", "/state").statusCode()).isEqualTo(405);
        assertThat(send("DELETE", "/readyz").statusCode()).isEqualTo(405);
        assertThat(send("HEAD", "/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void tellsWhatThereIs() throws Exception {
        assertThat(send("GET", "/nope").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/livez").statusCode()).isEqualTo(500);
    }
}
