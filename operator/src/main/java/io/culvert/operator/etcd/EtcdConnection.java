package io.culvert.operator.etcd;

import io.culvert.operator.etcd.DatastoreException.Kind;
import io.etcd.jetcd.ByteSequence;
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
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Calls to etcd: keys, transactions, leases, watches. Each call blocks, fails within a known time and leaves nothing
 * behind that could happen later.
 *
 * <p>Safe for any number of threads. Every call may throw {@link DatastoreException}. Do not call from jetcd's callbacks.
 */
public final class EtcdConnection implements AutoCloseable {

    public static final Duration REBUILD_AFTER = EtcdLink.REBUILD_AFTER;
    public static final Duration BREAK = EtcdLink.BREAK;

    private final EtcdConfig config;
    private final EtcdLink link;

    /**
     * Connects lazily: an unreachable etcd shows at the first call.
     *
     * @param retries where the retry named {@code etcd} is kept, for metrics
     * @param breakers where the circuit breaker named {@code etcd} is kept, for metrics
     * @throws DatastoreException if a certificate or key file cannot be used
     */
    public EtcdConnection(EtcdConfig config, RetryRegistry retries, CircuitBreakerRegistry breakers) {
        this.config = config;
        this.link = new EtcdLink(config, retries, breakers);
    }

    /** A connection without metrics. */
    public static EtcdConnection open(EtcdConfig config) {
        return new EtcdConnection(config, RetryRegistry.ofDefaults(), CircuitBreakerRegistry.ofDefaults());
    }

    /** Where it leads, as configured. */
    public EtcdConfig config() {
        return config;
    }

    /** The key's value now. */
    public Optional<Stored> get(String key) {
        return first(link.call("get " + key, client -> client.getKVClient().get(KeyRange.bytes(key))));
    }

    /**
     * The key's value as it was.
     *
     * @throws DatastoreException of kind COMPACTED if that revision is gone
     */
    public Optional<Stored> getAt(String key, long revision) {
        GetOption option = GetOption.builder().withRevision(revision).build();
        return first(link.call(
                "get " + key + " at revision " + revision,
                client -> client.getKVClient().get(KeyRange.bytes(key), option)));
    }

    private static Optional<Stored> first(GetResponse response) {
        return response.getKvs().stream().findFirst().map(Stored::of);
    }

    /** Keys in their order, and the one revision that they were read at. */
    public record Listing(long revision, List<Stored> entries) {}

    /** All keys with a prefix in their order, read at one revision, in pages. */
    public Listing list(String prefix) {
        List<Stored> entries = new ArrayList<>();
        return new Listing(scan(prefix, 0, entries::add), entries);
    }

    /**
     * Hands over all keys with a prefix, in their order, in pages of one revision. No sort order is requested: without one
     * etcd answers in key order, with one it reads and sorts everything for each page.
     *
     * @param revision 0 for the newest
     * @return the revision read
     * @throws DatastoreException of kind COMPACTED if that revision goes while it is being read
     */
    public long scan(String prefix, long revision, Consumer<Stored> entries) {
        return new Scan(link, prefix, revision).run(entries);
    }

    /**
     * The store's revision now, which grows with every change. Costs etcd next to nothing.
     *
     * @param key a key that this client may read; it need not exist
     */
    public long revision(String key) {
        GetOption option = GetOption.builder().withCountOnly(true).build();
        return link.call("read the revision", client -> client.getKVClient().get(KeyRange.bytes(key), option))
                .getHeader()
                .getRevision();
    }

    /**
     * How long ago the lease of each key with a prefix was last kept alive, in whole seconds; keys without a lease are left
     * out. All leases are read at once.
     */
    public Map<String, Duration> leaseAges(String prefix) {
        KeyRange range = KeyRange.withPrefix(prefix);
        GetOption option = GetOption.builder()
                .withRange(range.endBytes())
                .withKeysOnly(true)
                .build();
        List<KeyValue> keys = link.call(
                        "list " + prefix, client -> client.getKVClient().get(range.startBytes(), option))
                .getKvs();
        Map<Long, Duration> ages = new ConcurrentHashMap<>();
        link.call(
                "read the leases",
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
                .collect(Collectors.toMap(key -> KeyRange.text(key.getKey()), key -> ages.get(key.getLease())));
    }

    private static Duration age(LeaseTimeToLiveResponse left) {
        return Duration.ofSeconds(Math.max(0, left.getGrantedTTL() - Math.max(0, left.getTTL())));
    }

    /** Writes a key that must not exist. */
    public Written create(String key, byte[] value) {
        return swap("create " + key, key, value, new Cmp(KeyRange.bytes(key), Cmp.Op.EQUAL, CmpTarget.version(0)));
    }

    /** Replaces a key that must not have changed since. */
    public Written replace(String key, byte[] value, long modRevision) {
        return swap("update " + key, key, value, unchanged(key, modRevision));
    }

    /** Removes a key that must not have changed since. */
    public Written delete(String key, long modRevision) {
        Op delete = Op.delete(KeyRange.bytes(key), DeleteOption.DEFAULT);
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
        return link.write(
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
                .<Op>map(value -> Op.put(KeyRange.bytes(swap.key()), ByteSequence.from(value), PutOption.DEFAULT))
                .orElseGet(() -> Op.delete(KeyRange.bytes(swap.key()), DeleteOption.DEFAULT));
    }

    /** One change of a transaction: the key's new value, none to remove it, and the mod revision it must still have. */
    public record Swap(String key, long modRevision, Optional<byte[]> value) {}

    /**
     * Writes a key bound to a lease, if nobody else has written it since.
     *
     * @param modRevision it must still have; 0 if it must not exist
     */
    public Written put(String key, byte[] value, long lease, long modRevision) {
        PutOption option = PutOption.builder().withLeaseId(lease).build();
        Op put = Op.put(KeyRange.bytes(key), ByteSequence.from(value), option);
        TxnResponse response = transact("put " + key, key, unchanged(key, modRevision), put);
        return outcome(response).orElseGet(() -> conflictUnlessOurs(found(response), value));
    }

    /** Writes a key unconditionally, bound to a lease. */
    public long put(String key, byte[] value, long lease) {
        PutOption option = PutOption.builder().withLeaseId(lease).build();
        return link.write(
                        "put " + key,
                        client -> client.getKVClient().put(KeyRange.bytes(key), ByteSequence.from(value), option))
                .getHeader()
                .getRevision();
    }

    private Written swap(String what, String key, byte[] value, Cmp expected) {
        Op put = Op.put(KeyRange.bytes(key), ByteSequence.from(value), PutOption.DEFAULT);
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
        Op otherwise = Op.get(KeyRange.bytes(key), GetOption.DEFAULT);
        return link.write(
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
        return new Cmp(KeyRange.bytes(key), Cmp.Op.EQUAL, CmpTarget.modRevision(modRevision));
    }

    /** A new lease of so many seconds. */
    public long grantLease(long seconds) {
        return link.call("grant a lease", client -> client.getLeaseClient().grant(seconds))
                .getID();
    }

    /** Extends a lease; false if it has expired. */
    public boolean keepLease(long lease) {
        try {
            link.call(
                    "keep a lease",
                    client -> client.getLeaseClient()
                            .keepAliveOnce(lease)
                            .orTimeout(EtcdLink.CALL_DEADLINE.toMillis(), TimeUnit.MILLISECONDS));
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
        link.call("revoke a lease", client -> client.getLeaseClient().revoke(lease));
    }

    /**
     * Opens a watch; does not block. The listener is called by {@code executor}, first with a created notification; jetcd
     * resumes a broken watch by itself in a way that loses events, so the caller has to close it at the first error.
     */
    Watch.Watcher watch(KeyRange range, long fromRevision, Watch.Listener listener, Executor executor) {
        WatchOption option = WatchOption.builder()
                .withRange(range.endBytes())
                .withRevision(fromRevision)
                .withCreateNotify(true)
                .withRequireLeader(true)
                .build();
        Watch client = link.client().getWatchClient();
        return Answers.ofStreams(executor, () -> client.watch(range.startBytes(), option, listener));
    }

    /** Reports that a watch got no answer, so that the client is replaced if that goes on. */
    public void noteSilence() {
        link.noteSilence();
    }

    /** Ends all calls and watches. */
    @Override
    public void close() {
        link.close();
    }
}
