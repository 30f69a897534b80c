package io.culvert.operator.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.operator.Eventually;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentHttpTest {

    private final AtomicReference<Health> ready = new AtomicReference<>(new Health(true, "ready"));
    private static final int CONNECTIONS = 40;
    private static final int WORKERS = 2;

    private final Semaphore stateAsked = new Semaphore(0);
    private final AtomicLong stateWritten = new AtomicLong();
    private volatile long stateBytes = 2;
    private volatile CountDownLatch stateIsSlow = new CountDownLatch(0);
    private Vertx vertx;
    private int port;

    @BeforeEach
    void listen() throws Exception {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(WORKERS));
        listen(Duration.ofSeconds(2));
    }

    private void listen(Duration idle) throws Exception {
        AgentHttp.Endpoints endpoints = new AgentHttp.Endpoints(
                () -> "culvert_ready 1\n",
                () -> {
                    throw new IllegalStateException("broken");
                },
                ready::get,
                this::state);
        HttpServer server = new AgentHttp(vertx, endpoints, new AgentHttp.Limits(idle, CONNECTIONS))
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

    private AgentHttp.Document state(Map<String, String> query) {
        stateAsked.release();
        if (!query.isEmpty()) {
            throw new IllegalArgumentException("unknown parameters " + query);
        }
        try {
            stateIsSlow.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return this::writeState;
    }

    /** As many bytes as {@link #stateBytes} says; fewer than none is a failure after the first. */
    private void writeState(OutputStream out) throws IOException {
        if (stateBytes < 0) {
            out.write(new byte[100_000]);
            throw new IllegalStateException("broken");
        }
        byte[] some = "{}".repeat(500).getBytes(US_ASCII);
        for (long left = stateBytes; left > 0; left -= some.length) {
            out.write(some, 0, (int) Math.min(left, some.length));
            stateWritten.addAndGet(some.length);
        }
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

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/livez", "/readyz", "/state", "/nope"})
    void onlyReads(String path) throws Exception {
        for (String method : List.of("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")) {
            HttpResponse<String> refused = send(method, path);
            assertThat(refused.statusCode()).as(method).isEqualTo(405);
            assertThat(refused.headers().firstValue("allow")).contains("GET, HEAD");
        }
        assertThat(send("HEAD", path).statusCode())
                .isEqualTo(send("GET", path).statusCode())
                .isNotEqualTo(405);
    }

    @Test
    void refusesWhatIsTooLarge() throws Exception {
        assertThat(raw("GET /readyz HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(9000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ");
        assertThat(raw("GET /" + "x".repeat(9000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .startsWith("HTTP/1.0 414 ");
        assertThat(raw("POST /state HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n" + "x".repeat(100_000)))
                .startsWith("HTTP/1.1 405 ");
        assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.0 400 ");
        assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void doesNotWaitForTheSlow() throws Exception {
        try (Socket slow = connect()) {
            slow.getOutputStream().write("GET /readyz HTTP/1.1\r\nHost".getBytes(US_ASCII));
            assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
            // Closed by the server for its idleness: a deadline of the test's own would be an exception here.
            assertThat(slow.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void servesWhoComesWhateverManyKeepOpen() throws Exception {
        // Longer than the test lives: only the newcomers make room.
        listen(Duration.ofHours(1));
        List<Socket> hoarded = new ArrayList<>();
        try {
            for (int i = 0; i < 3 * CONNECTIONS; i++) {
                Socket socket = connect();
                hoarded.add(socket);
                socket.getOutputStream().write("GET /readyz HTTP/1.1\r\nHost".getBytes(US_ASCII));
            }
            assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
            // The last of them may go on.
            Socket newest = hoarded.get(hoarded.size() - 1);
            newest.getOutputStream().write(": a\r\n\r\n".getBytes(US_ASCII));
            assertThat(newest.getInputStream().readNBytes(12))
                    .asString(US_ASCII)
                    .isEqualTo("HTTP/1.1 200");
            assertThat(hoarded.get(0).getInputStream().read()).isEqualTo(-1);
        } finally {
            for (Socket socket : hoarded) {
                socket.close();
            }
        }
    }

    @Test
    void tellsItsHealthWhileOthersWaitForTheState() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        stateIsSlow = new CountDownLatch(1);
        for (int i = 0; i < 30; i++) {
            waiting.add(HttpClient.newHttpClient()
                    .sendAsync(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/state"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString()));
        }
        assertThat(stateAsked.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
        stateIsSlow.countDown();
        for (CompletableFuture<HttpResponse<String>> one : waiting) {
            assertThat(one.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void writesTheStateAsFastAsItIsTaken() throws Exception {
        listen(Duration.ofSeconds(30));
        stateBytes = 200_000_000;
        try (Socket slow = connect()) {
            slow.getOutputStream().write("GET /state HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
            assertThat(stateAsked.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            long before;
            do {
                before = stateWritten.get();
                Thread.sleep(300);
            } while (stateWritten.get() != before);
            // What the kernel's two socket buffers hold, and two chunks.
            assertThat(before).isBetween(1L, stateBytes / 4);
            assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
            assertThat(slow.getInputStream().transferTo(OutputStream.nullOutputStream()))
                    .isBetween(stateBytes, stateBytes + 1000);
        }
    }

    @Test
    void doesNotWaitForWhoTakesNoState() throws Exception {
        stateBytes = 200_000_000;
        try (Socket slow = connect()) {
            slow.getOutputStream().write("GET /state HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
            assertThat(stateAsked.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            stateBytes = 2;
            assertThat(send("GET", "/state").body()).isEqualTo("{}");
            assertThat(stateWritten.get()).isLessThan(100_000_000);
        }
    }

    @Test
    void breaksOffWhatFailsOnTheWay() {
        stateBytes = -1;
        assertThatThrownBy(() -> send("GET", "/state")).isInstanceOf(IOException.class);
    }

    @Test
    void refusesAWrongQuery() throws Exception {
        HttpResponse<String> refused = send("GET", "/state?colour=blue");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).isEqualTo("unknown parameters {colour=blue}\n");
    }

    @Test
    void asksForNoStateToAnswerHead() throws Exception {
        assertThat(send("HEAD", "/state").statusCode()).isEqualTo(200);
        assertThat(stateAsked.availablePermits()).isZero();
    }

    @Test
    void refusesWhatPilesUp() throws Exception {
        stateIsSlow = new CountDownLatch(1);
        List<Socket> asking = new ArrayList<>();
        try {
            Eventually.holds("it refuses", () -> {
                Socket socket = connect();
                asking.add(socket);
                socket.getOutputStream().write("GET /state HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
                return send("GET", "/metrics").statusCode() == 503;
            });
            assertThat(asking).hasSizeGreaterThanOrEqualTo(CONNECTIONS);
            HttpResponse<String> refused = send("GET", "/state");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("retry-after")).contains("1");
            assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
        } finally {
            stateIsSlow.countDown();
            for (Socket socket : asking) {
                socket.close();
            }
        }
        Eventually.holds("it serves again", () -> send("GET", "/metrics").statusCode() == 200);
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(20_000);
        return socket;
    }

    /** What is answered to these bytes, until the server closes the connection or 100 bytes have come. */
    private String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(US_ASCII));
            return new String(socket.getInputStream().readNBytes(20), US_ASCII);
        }
    }

    @Test
    void tellsWhatThereIs() throws Exception {
        assertThat(send("GET", "/nope").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/livez").statusCode()).isEqualTo(500);
    }
}
