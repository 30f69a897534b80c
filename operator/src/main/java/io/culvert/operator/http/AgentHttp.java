package io.culvert.operator.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /metrics}, {@code /livez}, {@code /readyz}, {@code /state}: GET and HEAD only. Health is asked for on the event loop, so it
 * must not block; metrics and state on a worker thread. The state of a large cluster is megabytes: it is sent in chunks, as fast as
 * the client takes them, to one client at a time. All else happens on the one event loop of the context that listens.
 */
public final class AgentHttp {

    private static final Logger LOG = LoggerFactory.getLogger(AgentHttp.class);
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json";

    private static final Limits LIMITS = new Limits(Duration.ofSeconds(30), 128);

    private final Vertx vertx;
    private final Endpoints endpoints;
    private final Limits limits;
    private final Set<HttpConnection> open = new LinkedHashSet<>();
    private int waiting;
    private Future<?> lastState = Future.succeededFuture();

    /**
     * What is served.
     *
     * @param metrics Prometheus text format 0.0.4
     */
    public record Endpoints(Supplier<String> metrics, Supplier<Health> live, Supplier<Health> ready, State state) {}

    /** The source of {@code /state}. */
    @FunctionalInterface
    public interface State {

        /**
         * Gathers what the document needs. Blocks.
         *
         * @param query the parameters behind the path's question mark
         * @throws IllegalArgumentException if the query is wrong; the message says how
         */
        Document ask(Map<String, String> query);
    }

    /** A JSON document that is written while it is sent. */
    @FunctionalInterface
    public interface Document {

        /** @throws IOException if the stream fails: the client is gone or too slow */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * What strangers may take up.
     *
     * @param idle after which a connection is closed, in whole seconds; a client has as long to take a state
     * @param connections above which the oldest is closed, so that whoever comes is served; no more requests than that wait for a
     *     worker thread
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

    private record Answer(int status, String type, String body) {

        static Answer text(int status, String line) {
            return new Answer(status, TEXT, line + "\n");
        }
    }

    private void handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            request.response().putHeader("Allow", "GET, HEAD");
            send(request, Answer.text(405, "only GET and HEAD: nothing can be changed here"));
            return;
        }
        switch (request.path()) {
            case "/livez" -> send(request, health(endpoints.live()));
            case "/readyz" -> send(request, health(endpoints.ready()));
            case "/metrics" -> inTurn(request, () -> onWorker(() -> metrics(request)));
            case "/state" -> state(request);
            default -> send(request, Answer.text(404, "there are /metrics, /livez, /readyz and /state"));
        }
    }

    private static Answer health(Supplier<Health> source) {
        try {
            Health health = source.get();
            return Answer.text(health.good() ? 200 : 503, health.reason());
        } catch (RuntimeException failure) {
            return failed(failure);
        }
    }

    private static Answer failed(Throwable failure) {
        return Answer.text(500, failure.toString());
    }

    private void state(HttpServerRequest request) {
        if (request.method().equals(HttpMethod.HEAD)) {
            send(request, new Answer(200, JSON, ""));
            return;
        }
        inTurn(request, () -> {
            Future<?> answered = lastState.otherwiseEmpty().compose(done -> onWorker(() -> sendState(request)));
            lastState = answered;
            return answered;
        });
    }

    /** Requests of clients that are long gone wait, too: without a limit they pile up. */
    private void inTurn(HttpServerRequest request, Supplier<Future<?>> answering) {
        if (waiting >= limits.connections()) {
            request.response().putHeader("Retry-After", "1");
            send(request, Answer.text(503, "busy: " + waiting + " requests wait already; try again"));
            return;
        }
        waiting++;
        answering.get().onComplete(done -> waiting--);
    }

    private Future<?> onWorker(Callable<?> work) {
        return vertx.executeBlocking(work, false);
    }

    private Void metrics(HttpServerRequest request) {
        Answer answer;
        try {
            answer = new Answer(
                    200,
                    "text/plain; version=0.0.4; charset=utf-8",
                    endpoints.metrics().get());
        } catch (RuntimeException failure) {
            answer = failed(failure);
        }
        send(request, answer);
        return null;
    }

    private Void sendState(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (response.closed()) {
            return null;
        }
        Document document;
        try {
            document = endpoints.state().ask(query(request));
        } catch (IllegalArgumentException wrong) {
            send(request, Answer.text(400, String.valueOf(wrong.getMessage())));
            return null;
        } catch (RuntimeException failure) {
            send(request, failed(failure));
            return null;
        }
        response.putHeader("Content-Type", JSON).setChunked(true);
        ResponseStream body = new ResponseStream(response, limits.idle());
        try {
            document.writeTo(body);
            body.end();
        } catch (IOException gone) {
            cut(request);
        } catch (RuntimeException incomplete) {
            LOG.error("/state: the answer to {} is not complete", request.remoteAddress(), incomplete);
            cut(request);
        }
        return null;
    }

    /** The headers are out: only an answer that ends too early says that it is not whole. */
    private static void cut(HttpServerRequest request) {
        request.connection().close();
    }

    private static Map<String, String> query(HttpServerRequest request) {
        Map<String, String> parameters = new LinkedHashMap<>();
        request.params().forEach(parameters::put);
        return parameters;
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
