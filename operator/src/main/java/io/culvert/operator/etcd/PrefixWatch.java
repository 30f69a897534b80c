package io.culvert.operator.etcd;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Follows all keys with one prefix: first as they are, then every change, on the caller's thread until that is interrupted. A
 * broken watch is opened again behind the last change. When etcd has compacted that, or was replaced, the keys are listed
 * again, and only differences are reported; a change overwritten meanwhile is not.
 */
public final class PrefixWatch {

    /** Where the keys go. Called on the thread of {@link #follow}. */
    public interface Listener {

        /** The keys as they were at the beginning, in their order; once. */
        void listed(List<Stored> entries);

        /** A key was written. */
        void written(Stored entry);

        /** A key is gone. */
        void removed(String key);
    }

    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration CONFIRMATION = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final EtcdConnection etcd;
    private final String prefix;
    private final Listener listener;
    private final Map<String, Long> known = new HashMap<>();
    private long next;

    public PrefixWatch(EtcdConnection etcd, String prefix, Listener listener) {
        this.etcd = etcd;
        this.prefix = prefix;
        this.listener = listener;
    }

    /**
     * Returns only by an exception. An etcd that is lost later is waited for, without a limit.
     *
     * @throws DatastoreException if the first list cannot be read
     */
    public void follow() throws InterruptedException {
        EtcdConnection.Listing first = etcd.list(prefix);
        first.entries().forEach(stored -> known.put(stored.key(), stored.modRevision()));
        next = first.revision() + 1;
        listener.listed(first.entries());
        while (true) {
            try {
                if (next == 0) {
                    relist();
                }
                session();
            } catch (DatastoreException lost) {
                next = lost.isGap() ? 0 : next;
            }
            Thread.sleep(PAUSE.toMillis());
        }
    }

    private void relist() {
        EtcdConnection.Listing now = etcd.list(prefix);
        Map<String, Long> before = new HashMap<>(known);
        for (Stored stored : now.entries()) {
            Long revision = before.remove(stored.key());
            if (revision == null || revision != stored.modRevision()) {
                write(stored);
            }
        }
        before.keySet().stream().sorted().forEach(this::remove);
        next = now.revision() + 1;
    }

    /** One watch, until its first error. */
    private void session() throws InterruptedException {
        try (WatchSession session = WatchSession.open(etcd, KeyRange.withPrefix(prefix), next)) {
            long deadline = System.nanoTime() + CONFIRMATION.toNanos();
            boolean confirmed = false;
            while (session.failure().isEmpty() || !session.isDrained()) {
                for (WatchSession.Arrival arrival : session.await(POLL)) {
                    if (!confirmed && isBehind(arrival)) {
                        next = 0;
                        return;
                    }
                    confirmed = true;
                    arrival.changes().forEach(this::apply);
                }
                if (!confirmed && System.nanoTime() - deadline > 0) {
                    etcd.noteSilence();
                    return;
                }
            }
            if (session.isCompacted() || session.isTooLarge()) {
                next = 0;
            } else if (!confirmed) {
                etcd.noteSilence();
            }
        }
    }

    /** A store that is older than what it reported before was wiped or restored. */
    private boolean isBehind(WatchSession.Arrival created) {
        return created.revision() < next - 1;
    }

    private void apply(KeyChange change) {
        next = change.modRevision() + 1;
        if (change instanceof Stored stored) {
            write(stored);
        } else {
            remove(change.key());
        }
    }

    private void write(Stored stored) {
        known.put(stored.key(), stored.modRevision());
        listener.written(stored);
    }

    private void remove(String key) {
        known.remove(key);
        listener.removed(key);
    }
}
