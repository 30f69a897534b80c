package io.culvert.operator.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.function.Supplier;

/**
 * {@code /metrics}, {@code /livez}, {@code /readyz}, {@code /state}: GET and HEAD only. The functions are called on a worker
 * thread, since they may block for milliseconds.
 */
public final class AgentHttp {

    private static final String TEXT = "text/plain; charset=utf-8";

    private final Vertx vertx;
    private final Endpoints endpoints;

    /**
     * What is served.
     *
     * @param metrics Prometheus text format 0.0.4
     * @param state a JSON document
     */
    public record Endpoints(
            Supplier<String> metrics, Supplier<Health> live, Supplier<Health> ready, Supplier<String> state) {}

    public AgentHttp(Vertx vertx, Endpoints endpoints) {
        this.vertx = vertx;
        this.endpoints = endpoints;
    }

    /** Listens; fails if the address is taken. */
    public Future<HttpServer> listen(String host, int port) {
        return vertx.createHttpServer(new HttpServerOptions().setHost(host).setPort(port))
                .requestHandler(this::handle)
                .listen();
    }

    private record Answer(int status, String type, String body) {}

    private void handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            send(request, new Answer(405, TEXT, "only GET and HEAD: nothing can be changed here\n"));
            return;
        }
        String path = request.path();
        vertx.executeBlocking(() -> answer(path), false)
                .onSuccess(answer -> send(request, answer))
                .onFailure(failure -> send(request, new Answer(500, TEXT, failure + "\n")));
    }

    private Answer answer(String path) {
        return switch (path) {
            case "/metrics" ->
                new Answer(
                        200,
                        "text/plain; version=0.0.4; charset=utf-8",
                        endpoints.metrics().get());
            case "/livez" -> health(endpoints.live().get());
            case "/readyz" -> health(endpoints.ready().get());
            case "/state" ->
                new Answer(200, "application/json", endpoints.state().get());
            default -> new Answer(404, TEXT, "there are /metrics, /livez, /readyz and /state\n");
        };
    }

    private static Answer health(Health health) {
        return new Answer(health.good() ? 200 : 503, TEXT, health.reason() + "\n");
    }

    private static void send(HttpServerRequest request, Answer answer) {
        HttpServerResponse response =
                request.response().setStatusCode(answer.status()).putHeader("Content-Type", answer.type());
        if (request.method().equals(HttpMethod.HEAD)) {
            response.end();
        } else {
            response.end(answer.body());
        }
    }
}
