package io.culvert.operator.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Supplier;

/**
 * {@code /metrics}, {@code /livez}, {@code /readyz}, {@code /state}: GET and HEAD only. Metrics and state are asked for on a
 * worker thread, since that may block for milliseconds; health on the event loop, so it must not. All else happens on the one event
 * loop of the context that listens.
 */
public final class AgentHttp {

    private static final String TEXT = "text/plain; charset=utf-8";

    private static final Limits LIMITS = new Limits(Duration.ofSeconds(30), 128);

    private final Vertx vertx;
    private final Endpoints endpoints;
    private final Limits limits;
    private final Set<HttpConnection> open = new LinkedHashSet<>();

    /**
     * What is served.
     *
     * @param metrics Prometheus text format 0.0.4
     * @param state a JSON document
     */
    public record Endpoints(
            Supplier<String> metrics, Supplier<Health> live, Supplier<Health> ready, Supplier<String> state) {}

    /**
     * What strangers may take up.
     *
     * @param idle after which a connection is closed, in whole seconds
     * @param connections above which the oldest is closed, so that whoever comes is served
     */
    record Limits(Duration idle, int connections) {}

    public AgentHttp(Vertx vertx, Endpoints endpoints) {
        this(vertx, endpoints, LIMITS);
    }

    AgentHttp(Vertx vertx, Endpoints endpoints, Limits limits) {
        this.vertx = vertx;
        this.endpoints = endpoints;
        this.limits = limits;
    }

    /** Listens; fails if the address is taken. */
    public Future<HttpServer> listen(String host, int port) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setIdleTimeout((int) limits.idle().toSeconds())
                .setHttp2ClearTextEnabled(false);
        return vertx.createHttpServer(options)
                .connectionHandler(this::admit)
                .requestHandler(this::handle)
                .listen();
    }

    private void admit(HttpConnection connection) {
        connection.closeHandler(closed -> open.remove(connection));
        if (open.size() >= limits.connections()) {
            HttpConnection oldest = open.iterator().next();
            open.remove(oldest);
            oldest.close();
        }
        open.add(connection);
    }

    private record Answer(int status, String type, String body) {}

    private void handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            request.response().putHeader("Allow", "GET, HEAD");
            send(request, new Answer(405, TEXT, "only GET and HEAD: nothing can be changed here\n"));
            return;
        }
        String path = request.path();
        answering(path)
                .onSuccess(answer -> send(request, answer))
                .onFailure(failure -> send(request, new Answer(500, TEXT, failure + "\n")));
    }

    /** A crowd that asks for what takes time does not keep the answer to "are you alive?" waiting. */
    private Future<Answer> answering(String path) {
        return path.equals("/livez") || path.equals("/readyz")
                ? Future.future(promise -> promise.complete(answer(path)))
                : vertx.executeBlocking(() -> answer(path), false);
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
