package io.culvert.operator.etcd;

import io.culvert.operator.etcd.DatastoreException.Kind;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.retry.RetryRegistry;
import io.grpc.Status;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * The client of jetcd's that calls go through. Each attempt has a deadline, unreachable servers are tried again a few times
 * with backoff, and while etcd does not answer a circuit breaker fails at once. After {@link #REBUILD_AFTER} without success
 * the client is replaced, since gRPC's own backoff grows to minutes.
 *
 * <p>Safe for any number of threads. Calls block; do not make them from jetcd's callbacks.
 */
final class EtcdLink implements AutoCloseable {

    static final Duration CALL_DEADLINE = Duration.ofSeconds(5);
    static final Duration REBUILD_AFTER = Duration.ofSeconds(2);
    static final Duration BREAK = Duration.ofSeconds(1);

    private static final int MAX_INBOUND_BYTES = 64 << 20;
    private static final String NAME = "etcd";

    private final EtcdConfig config;
    private final Retry retry;
    private final CircuitBreaker breaker;
    private final Object lock = new Object();
    private volatile Connected connected;
    private volatile Throwable lastFailure = new TimeoutException();
    private long failingSince;
    private boolean closed;

    /** @throws DatastoreException if a certificate or key file cannot be used */
    EtcdLink(EtcdConfig config, RetryRegistry retries, CircuitBreakerRegistry breakers) {
        this.config = config;
        this.retry = retries.retry(NAME, retryConfig());
        this.breaker = breakers.circuitBreaker(NAME, breakerConfig());
        this.connected = connect();
    }

    /**
     * A client until it is closed. A closed one leaves calls without an answer: jetcd ends the threads that give it.
     *
     * @param ended fails when the client is closed
     */
    private record Connected(Client client, CompletableFuture<Void> ended) {

        void end() {
            ended.completeExceptionally(
                    Status.UNAVAILABLE.withDescription("the client was closed").asException());
            client.close();
        }
    }

    private static RetryConfig retryConfig() {
        return RetryConfig.custom()
                .maxAttempts(4)
                .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(100), 3, 0.3))
                .retryOnException(EtcdLink::isUnreachable)
                .build();
    }

    private static CircuitBreakerConfig breakerConfig() {
        return CircuitBreakerConfig.custom()
                .slidingWindowSize(10)
                .minimumNumberOfCalls(10)
                .failureRateThreshold(100)
                .waitDurationInOpenState(BREAK)
                .permittedNumberOfCallsInHalfOpenState(1)
                .recordException(EtcdLink::isUnanswered)
                .build();
    }

    /** Worth a retry; after a silence the caller has waited long enough. */
    private static boolean isUnreachable(Throwable failure) {
        return failure instanceof DatastoreException datastore
                && (datastore.kind() == Kind.UNREACHABLE || datastore.kind() == Kind.UNTRUSTED);
    }

    private static boolean isUnanswered(Throwable failure) {
        return isUnreachable(failure)
                || failure instanceof DatastoreException datastore && datastore.kind() == Kind.SILENT;
    }

    /** The client in use. */
    Client client() {
        return connected.client();
    }

    /** A call that changes something. After a failure, nothing of it that etcd has not received yet arrives later. */
    <T> T write(String what, Function<Client, CompletableFuture<T>> operation) {
        try {
            return call(what, operation);
        } catch (DatastoreException failure) {
            if (failure.kind() == Kind.SILENT && !(failure.getCause() instanceof CallNotPermittedException)) {
                EventLoops.reset(config.endpoints().stream().map(URI::getPort).collect(Collectors.toSet()));
            }
            throw failure;
        }
    }

    /** A call. {@code what} completes "cannot ..." in the message of a failure. */
    <T> T call(String what, Function<Client, CompletableFuture<T>> operation) {
        try {
            return Retry.decorateSupplier(
                            retry, CircuitBreaker.decorateSupplier(breaker, () -> callOnce(what, operation)))
                    .get();
        } catch (CallNotPermittedException open) {
            DatastoreException last = EtcdFailure.describe(what, config, lastFailure);
            throw new DatastoreException(last.kind(), String.valueOf(last.getMessage()), open);
        }
    }

    private <T> T callOnce(String what, Function<Client, CompletableFuture<T>> operation) {
        Connected used = connected;
        try {
            CompletableFuture<T> answer = operation.apply(used.client());
            CompletableFuture.anyOf(answer, used.ended()).get(2 * CALL_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            noteSuccess();
            return answer.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new DatastoreException(Kind.REFUSED, "cannot " + what + ": interrupted", interrupted);
        } catch (ExecutionException | TimeoutException | RuntimeException failure) {
            throw note(EtcdFailure.describe(what, config, failure), failure, used);
        }
    }

    private void noteSuccess() {
        synchronized (lock) {
            failingSince = 0;
        }
    }

    private DatastoreException note(DatastoreException failure, Throwable thrown, Connected used) {
        if (isUnanswered(failure)) {
            lastFailure = thrown;
            noteFailure(used);
        } else {
            noteSuccess();
        }
        return failure;
    }

    /** A watch got no answer; if that goes on, the client is replaced. */
    void noteSilence() {
        noteFailure(connected);
    }

    private void noteFailure(Connected used) {
        synchronized (lock) {
            long now = System.nanoTime();
            if (failingSince == 0) {
                failingSince = now;
            } else if (now - failingSince >= REBUILD_AFTER.toNanos() && used.client() == client() && !closed) {
                connected = connect();
                failingSince = now;
                used.end();
            }
        }
    }

    private Connected connect() {
        ClientBuilder builder = Client.builder()
                .target(config.target())
                .waitForReady(false)
                .retryMaxAttempts(1)
                .retryDelay(50)
                .maxInboundMessageSize(MAX_INBOUND_BYTES)
                .keepaliveTime(Duration.ofSeconds(10))
                .keepaliveTimeout(Duration.ofSeconds(5))
                .connectTimeout(CALL_DEADLINE)
                .interceptor(new Answers(CALL_DEADLINE));
        config.username().ifPresent(name -> builder.user(KeyRange.bytes(name)));
        config.password().ifPresent(word -> builder.password(KeyRange.bytes(word)));
        if (config.tls()) {
            secure(builder);
        }
        return new Connected(builder.build(), new CompletableFuture<>());
    }

    private void secure(ClientBuilder builder) {
        try {
            builder.sslContext(ssl -> {
                config.ca().ifPresent(ca -> ssl.trustManager(ca.open()));
                config.cert()
                        .ifPresent(cert -> config.key().ifPresent(key -> ssl.keyManager(cert.open(), key.openKey())));
            });
        } catch (SSLException | IllegalArgumentException broken) {
            throw new DatastoreException(
                    Kind.REFUSED,
                    "cannot use the certificates " + certificates() + ": " + EtcdFailure.rootMessage(broken)
                            + "; they must be PEM, and the key without a password",
                    broken);
        }
    }

    private String certificates() {
        return Stream.of(config.ca(), config.cert(), config.key())
                .flatMap(Optional::stream)
                .map(Object::toString)
                .reduce((left, right) -> left + ", " + right)
                .orElse("of the Java runtime");
    }

    /** Ends all calls and watches. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            connected.end();
        }
    }
}
