package io.culvert.operator.etcd;

import io.culvert.operator.etcd.DatastoreException.Kind;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads all keys with a prefix, page by page at one revision: the next page is requested before this one is handed over. */
final class Scan {

    private static final int PAGE = 10_000;

    private final EtcdLink link;
    private final String prefix;
    private final ByteSequence end;
    private ByteSequence from;
    private long at;
    private int limit = PAGE;
    private @Nullable CompletableFuture<GetResponse> ahead;
    private @Nullable Client askedBy;

    /** @param revision 0 for the newest */
    Scan(EtcdLink link, String prefix, long revision) {
        KeyRange range = KeyRange.withPrefix(prefix);
        this.link = link;
        this.prefix = prefix;
        this.end = range.endBytes();
        this.from = range.startBytes();
        this.at = revision;
    }

    /** Returns the revision read. */
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
                return link.call("list " + prefix, this::aheadOrAsked);
            } catch (DatastoreException failure) {
                if (failure.kind() != Kind.TOO_LARGE || limit == 1) {
                    throw failure;
                }
                limit /= 2;
            }
        }
    }

    /** The page requested ahead is the first attempt; those after it, or by another client, request it again. */
    private CompletableFuture<GetResponse> aheadOrAsked(Client used) {
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
