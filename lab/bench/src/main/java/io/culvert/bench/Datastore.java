package io.culvert.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Bare jetcd: nothing between it and the caller but what etcd's limits ask for. Blocking. */
final class Datastore implements AutoCloseable {

    /** Below etcd's limit of 128 operations. */
    private static final int OPERATIONS_PER_TRANSACTION = 100;

    private static final int IN_FLIGHT = 16;
    private static final int KEYS_PER_PAGE = 10_000;

    /** Held, or its level would be collected with it; gRPC logs at every start what it found. */
    private static final Logger GRPC = Logger.getLogger("io.grpc");

    final Client client;

    Datastore(String endpoint) {
        GRPC.setLevel(Level.WARNING);
        client = Client.builder()
                .endpoints(endpoint)
                .maxInboundMessageSize(64 << 20)
                .build();
    }

    void put(String key, String value) throws Exception {
        client.getKVClient().put(bytes(key), bytes(value)).get();
    }

    /** Returns when all are acknowledged. */
    void put(Map<String, String> documents) throws Exception {
        transact(
                documents.entrySet().iterator(),
                entry -> Op.put(bytes(entry.getKey()), bytes(entry.getValue()), PutOption.DEFAULT));
    }

    /** Returns when all are acknowledged. */
    void deleteAll(Iterable<String> keys) throws Exception {
        transact(keys.iterator(), key -> Op.delete(bytes(key), DeleteOption.DEFAULT));
    }

    private <T> void transact(Iterator<T> things, Function<T, Op> operation) throws Exception {
        Deque<CompletableFuture<?>> flying = new ArrayDeque<>();
        while (things.hasNext()) {
            List<Op> operations = new ArrayList<>();
            while (things.hasNext() && operations.size() < OPERATIONS_PER_TRANSACTION) {
                operations.add(operation.apply(things.next()));
            }
            if (flying.size() == IN_FLIGHT) {
                flying.remove().get();
            }
            flying.add(client.getKVClient()
                    .txn()
                    .Then(operations.toArray(Op[]::new))
                    .commit());
        }
        for (CompletableFuture<?> future : flying) {
            future.get();
        }
    }

    /** Reads all values below a prefix, in pages of one revision; returns the bytes seen. */
    long read(String prefix) throws Exception {
        ByteSequence end = io.etcd.jetcd.options.OptionsUtil.prefixEndOf(bytes(prefix));
        ByteSequence from = bytes(prefix);
        long revision = 0;
        long seen = 0;
        while (true) {
            GetResponse page = client.getKVClient()
                    .get(
                            from,
                            GetOption.builder()
                                    .withRange(end)
                                    .withLimit(KEYS_PER_PAGE)
                                    .withRevision(revision)
                                    .build())
                    .get();
            for (KeyValue pair : page.getKvs()) {
                seen += pair.getKey().getBytes().length + pair.getValue().getBytes().length;
            }
            if (!page.isMore()) {
                return seen;
            }
            revision = page.getHeader().getRevision();
            ByteSequence last = page.getKvs().get(page.getKvs().size() - 1).getKey();
            from = last.concat(ByteSequence.from(new byte[1]));
        }
    }

    static ByteSequence bytes(String text) {
        return ByteSequence.from(text, UTF_8);
    }

    @Override
    public void close() {
        client.close();
    }
}
