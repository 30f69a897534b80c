package io.culvert.operator.etcd;

import io.culvert.operator.etcd.DatastoreException.Kind;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseTimeToLiveResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A connection to etcd whose calls block, fail within a known time and leave nothing behind that could happen later: each
 * attempt has a deadline of {@link #CALL_DEADLINE}, unreachable servers are tried again a few times with backoff, and while
 * etcd stays silent a circuit breaker answers at once. After {@link #REBUILD_AFTER} without success the client underneath is
 * replaced, since gRPC's own backoff grows to minutes.
 *
 * <p>Safe for any number of threads. Every call may throw {@link DatastoreException}. Do not call from jetcd's callbacks.
 */
public final class EtcdConnection implements AutoCloseable {

    static final Duration CALL_DEADLINE = Duration.ofSeconds(5);
    public static final Duration REBUILD_AFTER = Duration.ofSeconds(2);
    public static final Duration BREAK = Duration.ofSeconds(1);

    private static final int MAX_INBOUND_BYTES = 64 << 20;
    private static final int PAGE = 10_000;
    private static final String NAME = "etcd";

    private final EtcdConfig config;
    private final Retry retry;
    private final CircuitBreaker breaker;
    private final Object lock = new Object();
    private volatile Link link;
    private volatile Throwable lastFailure = new TimeoutException();
    private long failingSince;
    private boolean closed;

    /**
     * Connects lazily: an unreachable etcd shows at the first call.
     *
     * @param retries where the retry named {@code etcd} is kept, for metrics
     * @param breakers where the circuit breaker named {@code etcd} is kept, for metrics
     * @throws DatastoreException if a certificate or key file cannot be used
     */
    public EtcdConnection(EtcdConfig config, RetryRegistry retries, CircuitBreakerRegistry breakers) {
        this.config = config;
        this.retry = retries.retry(NAME, retryConfig());
        this.breaker = breakers.circuitBreaker(NAME, breakerConfig());
        this.link = new Link(build(), new CompletableFuture<>());
    }

    /**
     * A client, until it is given up. A closed client leaves calls without an answer: jetcd ends the threads that give it.
     *
     * @param givenUp fails then
     */
    private record Link(Client client, CompletableFuture<Void> givenUp) {

        void giveUp() {
            givenUp.completeExceptionally(Status.UNAVAILABLE
                    .withDescription("the connection was given up")
                    .asException());
            client.close();
        }
    }

    /** A connection whose retry and circuit breaker nobody else looks at. */
    public static EtcdConnection open(EtcdConfig config) {
        return new EtcdConnection(config, RetryRegistry.ofDefaults(), CircuitBreakerRegistry.ofDefaults());
    }

    private static RetryConfig retryConfig() {
        return RetryConfig.custom()
                .maxAttempts(4)
                .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(100), 3, 0.3))
                .retryOnException(EtcdConnection::isUnreachable)
                .build();
    }

    private static CircuitBreakerConfig breakerConfig() {
        return CircuitBreakerConfig.custom()
                .slidingWindowSize(10)
                .minimumNumberOfCalls(10)
                .failureRateThreshold(100)
                .waitDurationInOpenState(BREAK)
                .permittedNumberOfCallsInHalfOpenState(1)
                .recordException(EtcdConnection::isUnanswered)
                .build();
    }

    /** Worth another try; after a silence the caller has waited long enough. */
    private static boolean isUnreachable(Throwable failure) {
        return failure instanceof DatastoreException datastore
                && (datastore.kind() == Kind.UNREACHABLE || datastore.kind() == Kind.UNTRUSTED);
    }

    private static boolean isUnanswered(Throwable failure) {
        return isUnreachable(failure)
                || failure instanceof DatastoreException datastore && datastore.kind() == Kind.SILENT;
    }

    /** Where it leads, as configured. */
    public EtcdConfig config() {
        return config;
    }

    /** The key's value now. */
    public Optional<Stored> get(String key) {
        return first(call("get " + key, client -> client.getKVClient().get(bytes(key))));
    }

    /**
     * The key's value as it was.
     *
     * @throws DatastoreException of kind COMPACTED if that revision is gone
     */
    public Optional<Stored> getAt(String key, long revision) {
        GetOption option = GetOption.builder().withRevision(revision).build();
        return first(call(
                "get " + key + " at revision " + revision,
                client -> client.getKVClient().get(bytes(key), option)));
    }

    private static Optional<Stored> first(GetResponse response) {
        return response.getKvs().stream().findFirst().map(Stored::of);
    }

    /** All keys with a prefix in their order, read at one revision, in pages. */
    public Listing list(String prefix) {
        List<Stored> entries = new ArrayList<>();
        return new Listing(scan(prefix, 0, entries::add), entries);
    }

    /**
     * Hands over all keys with a prefix, in their order, in pages of one revision. No sort order is asked for: without one
     * etcd answers in key order, with one it reads and sorts everything for each page.
     *
     * @param revision 0 for the newest
     * @return the revision read
     * @throws DatastoreException of kind COMPACTED if that revision goes while it is being read
     */
    public long scan(String prefix, long revision, Consumer<Stored> entries) {
        return new Scan(prefix, revision).run(entries);
    }

    /** A range on its way, page by page: the next one is asked for before this one is handed over. */
    private final class Scan {
        private final String prefix;
        private final ByteSequence end;
        private ByteSequence from;
        private long at;
        private int limit = PAGE;
        private @Nullable CompletableFuture<GetResponse> ahead;
        private @Nullable Client askedBy;

        Scan(String prefix, long revision) {
            this.prefix = prefix;
            this.end = end(prefix);
            this.from = bytes(prefix);
            this.at = revision;
        }

        long run(Consumer<Stored> entries) {
            while (true) {
                GetResponse page = page();
                at = at == 0 ? page.getHeader().getRevision() : at;
                List<KeyValue> kvs = page.getKvs();
                boolean more = page.isMore() && !kvs.isEmpty();
                if (more) {
                    from = kvs.get(kvs.size() - 1).getKey().concat(ByteSequence.from(new byte[1]));
                    ahead = begin();
                }
                kvs.forEach(kv -> entries.accept(Stored.of(kv)));
                if (!more) {
                    return at;
                }
            }
        }

        private GetResponse page() {
            while (true) {
                try {
                    return call("list " + prefix, this::underWayOrAsked);
                } catch (DatastoreException failure) {
                    if (failure.kind() != Kind.TOO_LARGE || limit == 1) {
                        throw failure;
                    }
                    limit /= 2;
                }
            }
        }

        /** What was asked for ahead is the first attempt; those after it, or by another client, ask anew. */
        private CompletableFuture<GetResponse> underWayOrAsked(Client used) {
            CompletableFuture<GetResponse> first = ahead;
            ahead = null;
            return first == null || used != askedBy ? ask(used) : first;
        }

        /** A failure shows when the page is needed. */
        private CompletableFuture<GetResponse> begin() {
            try {
                askedBy = link.client();
                return ask(askedBy);
            } catch (RuntimeException failure) {
                return CompletableFuture.failedFuture(failure);
            }
        }

        private CompletableFuture<GetResponse> ask(Client used) {
            GetOption option = GetOption.builder()
                    .withRange(end)
                    .withRevision(at)
                    .withLimit(limit)
                    .build();
            return used.getKVClient().get(from, option);
        }
    }

    /**
     * The store's revision now, which grows with every change. Costs etcd next to nothing.
     *
     * @param key a key that this client may read; it need not exist
     */
    public long revision(String key) {
        GetOption option = GetOption.builder().withCountOnly(true).build();
        return call("ask for the revision", client -> client.getKVClient().get(bytes(key), option))
                .getHeader()
                .getRevision();
    }

    /**
     * How long ago the lease of each key with a prefix was last kept alive, in whole seconds; keys without a lease are left
     * out. All leases are asked for at once.
     */
    public Map<String, Duration> leaseAges(String prefix) {
        GetOption option =
                GetOption.builder().withRange(end(prefix)).withKeysOnly(true).build();
        List<KeyValue> keys = call(
                        "list " + prefix, client -> client.getKVClient().get(bytes(prefix), option))
                .getKvs();
        Map<Long, Duration> ages = new ConcurrentHashMap<>();
        call(
                "ask for leases",
                client -> CompletableFuture.allOf(keys.stream()
                        .map(KeyValue::getLease)
                        .filter(lease -> lease != 0)
                        .distinct()
                        .map(lease -> client.getLeaseClient()
                                .timeToLive(lease, LeaseOption.DEFAULT)
                                .thenAccept(left -> ages.put(lease, age(left))))
                        .toArray(CompletableFuture<?>[]::new)));
        return keys.stream()
                .filter(key -> ages.containsKey(key.getLease()))
                .collect(Collectors.toMap(key -> text(key.getKey()), key -> ages.get(key.getLease())));
    }

    private static Duration age(LeaseTimeToLiveResponse left) {
        return Duration.ofSeconds(Math.max(0, left.getGrantedTTL() - Math.max(0, left.getTTL())));
    }

    /** Writes a key that must not exist. */
    public Written create(String key, byte[] value) {
        return swap("create " + key, key, value, new Cmp(bytes(key), Cmp.Op.EQUAL, CmpTarget.version(0)), 0);
    }

    /** Replaces a key that must not have changed since. */
    public Written replace(String key, byte[] value, long modRevision) {
        return swap("update " + key, key, value, unchanged(key, modRevision), 0);
    }

    /** Removes a key that must not have changed since. */
    public Written delete(String key, long modRevision) {
        Op delete = Op.delete(bytes(key), DeleteOption.DEFAULT);
        TxnResponse response = transact("delete " + key, key, unchanged(key, modRevision), delete);
        return outcome(response).orElseGet(() -> new Written.Conflict(found(response)));
    }

    /**
     * Changes or removes several keys in one transaction, none of which must have changed since.
     *
     * @param swaps at most 128, etcd's limit
     * @return false if one has changed, and then nothing happened; or if an attempt whose answer was lost happened
     */
    public boolean swapAll(List<Swap> swaps) {
        Cmp[] expected = swaps.stream()
                .map(swap -> unchanged(swap.key(), swap.modRevision()))
                .toArray(Cmp[]::new);
        Op[] changes = swaps.stream().map(EtcdConnection::change).toArray(Op[]::new);
        String what = "update " + swaps.get(0).key() + " and " + (swaps.size() - 1) + " other keys";
        return write(
                        what,
                        client -> client.getKVClient()
                                .txn()
                                .If(expected)
                                .Then(changes)
                                .commit())
                .isSucceeded();
    }

    private static Op change(Swap swap) {
        return swap.value()
                .<Op>map(value -> Op.put(bytes(swap.key()), ByteSequence.from(value), PutOption.DEFAULT))
                .orElseGet(() -> Op.delete(bytes(swap.key()), DeleteOption.DEFAULT));
    }

    /** One change of a transaction: the key's new value, none to remove it, and the mod revision it must still have. */
    public record Swap(String key, long modRevision, Optional<byte[]> value) {}

    /** Writes a key whatever it holds, bound to a lease. */
    public long put(String key, byte[] value, long lease) {
        PutOption option = PutOption.builder().withLeaseId(lease).build();
        return write("put " + key, client -> client.getKVClient().put(bytes(key), ByteSequence.from(value), option))
                .getHeader()
                .getRevision();
    }

    private Written swap(String what, String key, byte[] value, Cmp expected, long lease) {
        PutOption option = PutOption.builder().withLeaseId(lease).build();
        Op put = Op.put(bytes(key), ByteSequence.from(value), option);
        TxnResponse response = transact(what, key, expected, put);
        return outcome(response).orElseGet(() -> conflictUnlessOurs(found(response), value));
    }

    /** An attempt whose answer was lost may have happened; the next one then meets its own value. */
    private static Written conflictUnlessOurs(Optional<Stored> found, byte[] value) {
        return found.filter(stored -> Arrays.equals(stored.value(), value))
                .<Written>map(stored -> new Written.Done(stored.modRevision()))
                .orElseGet(() -> new Written.Conflict(found));
    }

    private TxnResponse transact(String what, String key, Cmp expected, Op then) {
        Op otherwise = Op.get(bytes(key), GetOption.DEFAULT);
        return write(
                what,
                client -> client.getKVClient()
                        .txn()
                        .If(expected)
                        .Then(then)
                        .Else(otherwise)
                        .commit());
    }

    private static Optional<Written> outcome(TxnResponse response) {
        return response.isSucceeded()
                ? Optional.of(new Written.Done(response.getHeader().getRevision()))
                : Optional.empty();
    }

    private static Optional<Stored> found(TxnResponse response) {
        return first(response.getGetResponses().get(0));
    }

    private static Cmp unchanged(String key, long modRevision) {
        return new Cmp(bytes(key), Cmp.Op.EQUAL, CmpTarget.modRevision(modRevision));
    }

    /** A new lease of so many seconds. */
    public long grantLease(long seconds) {
        return call("grant a lease", client -> client.getLeaseClient().grant(seconds))
                .getID();
    }

    /** Extends a lease; false if it has expired. */
    public boolean keepLease(long lease) {
        try {
            call(
                    "keep a lease",
                    client -> client.getLeaseClient()
                            .keepAliveOnce(lease)
                            .orTimeout(CALL_DEADLINE.toMillis(), TimeUnit.MILLISECONDS));
            return true;
        } catch (DatastoreException failure) {
            if (failure.kind() == Kind.REFUSED) {
                return false;
            }
            throw failure;
        }
    }

    /** Ends a lease: its keys go. */
    public void revokeLease(long lease) {
        call("revoke a lease", client -> client.getLeaseClient().revoke(lease));
    }

    /**
     * Opens a watch over keys from {@code start} up to, but without, {@code end}; does not block. The listener is called by
     * {@code executor}, first with a created notification; jetcd resumes a broken watch by itself in a way that loses events,
     * so the caller has to close it at the first error.
     */
    Watch.Watcher watch(String start, String end, long fromRevision, Watch.Listener listener, Executor executor) {
        WatchOption option = WatchOption.builder()
                .withRange(bytes(end))
                .withRevision(fromRevision)
                .withCreateNotify(true)
                .withRequireLeader(true)
                .build();
        Watch client = link.client().getWatchClient();
        return StreamAnswers.handledBy(executor, () -> client.watch(bytes(start), option, listener));
    }

    /** A call that changes something. If it gets no answer, nothing of it that etcd has not got yet arrives later. */
    private <T> T write(String what, Function<Client, CompletableFuture<T>> operation) {
        try {
            return call(what, operation);
        } catch (DatastoreException failure) {
            if (failure.kind() == Kind.SILENT && !(failure.getCause() instanceof CallNotPermittedException)) {
                EventLoops.reset(config.endpoints().stream().map(URI::getPort).collect(Collectors.toSet()));
            }
            throw failure;
        }
    }

    private <T> T call(String what, Function<Client, CompletableFuture<T>> operation) {
        try {
            return Retry.decorateSupplier(
                            retry, CircuitBreaker.decorateSupplier(breaker, () -> attempt(what, operation)))
                    .get();
        } catch (CallNotPermittedException open) {
            DatastoreException last = EtcdFailure.describe(what, config, lastFailure);
            throw new DatastoreException(last.kind(), String.valueOf(last.getMessage()), open);
        }
    }

    private <T> T attempt(String what, Function<Client, CompletableFuture<T>> operation) {
        Link used = link;
        try {
            CompletableFuture<T> answer = operation.apply(used.client());
            CompletableFuture.anyOf(answer, used.givenUp()).get(2 * CALL_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            noteSuccess();
            return answer.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new DatastoreException(Kind.REFUSED, "interrupted in: " + what, interrupted);
        } catch (ExecutionException | TimeoutException | RuntimeException failure) {
            throw note(EtcdFailure.describe(what, config, failure), failure, used);
        }
    }

    private void noteSuccess() {
        synchronized (lock) {
            failingSince = 0;
        }
    }

    private DatastoreException note(DatastoreException failure, Throwable thrown, Link used) {
        if (isUnanswered(failure)) {
            lastFailure = thrown;
            noteFailure(used);
        } else {
            noteSuccess();
        }
        return failure;
    }

    /** Replaces the client once it has been failing for too long. */
    private void noteFailure(Link used) {
        synchronized (lock) {
            long now = System.nanoTime();
            if (failingSince == 0) {
                failingSince = now;
            } else if (now - failingSince >= REBUILD_AFTER.toNanos() && used.client() == link.client() && !closed) {
                link = new Link(build(), new CompletableFuture<>());
                failingSince = now;
                used.giveUp();
            }
        }
    }

    /** Tells that a watch got no answer, so that the client is replaced if that goes on. */
    public void noteSilence() {
        noteFailure(link);
    }

    private Client build() {
        ClientBuilder builder = Client.builder()
                .endpoints(config.endpoints())
                .waitForReady(false)
                .retryMaxAttempts(1)
                .retryDelay(50)
                .maxInboundMessageSize(MAX_INBOUND_BYTES)
                .keepaliveTime(Duration.ofSeconds(10))
                .keepaliveTimeout(Duration.ofSeconds(5))
                .connectTimeout(CALL_DEADLINE)
                .interceptor(new UnaryDeadline(CALL_DEADLINE))
                .interceptor(new EventLoops.Interceptor())
                .interceptor(new StreamAnswers());
        config.username().ifPresent(name -> builder.user(bytes(name)));
        config.password().ifPresent(word -> builder.password(bytes(word)));
        if (config.tls()) {
            secure(builder);
        }
        return builder.build();
    }

    private void secure(ClientBuilder builder) {
        try {
            builder.sslContext(ssl -> {
                config.ca().ifPresent(ca -> ssl.trustManager(ca.open()));
                config.cert().ifPresent(cert -> config.key().ifPresent(key -> ssl.keyManager(cert.open(), key.open())));
            });
        } catch (SSLException | IllegalArgumentException broken) {
            throw new DatastoreException(
                    Kind.REFUSED,
                    "cannot use the certificates " + certificates() + ": " + EtcdFailure.rootMessage(broken)
                            + "; they must be PEM, and the key PKCS #8"
                            + " (openssl pkcs8 -topk8 -nocrypt -in KEY -out KEY8)",
                    broken);
        }
    }

    private String certificates() {
        return Stream.of(config.ca(), config.cert(), config.key())
                .flatMap(Optional::stream)
                .map(Object::toString)
                .reduce((left, right) -> left + ", " + right)
                .orElse("of this runtime");
    }

    /** Ends all calls and watches. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            link.giveUp();
        }
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    private static String text(ByteSequence bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The first key after all keys with that prefix; prefixes end in ASCII. */
    private static ByteSequence end(String prefix) {
        int last = prefix.length() - 1;
        return bytes(prefix.substring(0, last) + (char) (prefix.charAt(last) + 1));
    }
}
