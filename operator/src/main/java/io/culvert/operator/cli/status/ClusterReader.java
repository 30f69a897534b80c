package io.culvert.operator.cli.status;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.operator.status.StatusReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Polls the cluster's status. Each time it asks for the store's revision, which is cheap, and reads the rest only if that has
 * moved. Watches would need four streams, resumption and a cache, to gain less than a second. Calls block and may throw {@link
 * DatastoreException}. For one thread.
 */
public final class ClusterReader {

    /** Keeping a lease moves no revision, and asking for leases costs a request for each node. */
    private static final Duration HEARD_EVERY = Duration.ofSeconds(2);

    private final ResourceStore store;
    private final StatusReader statuses;
    private final DatastoreLock lock;
    private @Nullable ClusterContents contents;
    /** What the store's revision was when the contents were read, or older. */
    private long revision;

    private Map<String, Long> heardNanos = Map.of();
    private long heardReadNanos;

    public ClusterReader(EtcdConnection connection) {
        this.store = new ResourceStore(connection);
        this.statuses = new StatusReader(connection);
        this.lock = new DatastoreLock(connection);
    }

    /** The current status. */
    ClusterStatus read() {
        long now = statuses.revision();
        ClusterContents known = contents;
        if (known == null || revision != now) {
            known = ClusterContents.of(
                    store.list(Kind.IP_POOL.plural()), store.list(Kind.NODE.plural()), statuses.read(), lock.isHeld());
        }
        if (contents == null || System.nanoTime() - heardReadNanos > HEARD_EVERY.toNanos()) {
            hear();
        }
        contents = known;
        revision = now;
        return lastKnown();
    }

    private void hear() {
        Map<String, Duration> ago = statuses.heardAgo();
        long now = System.nanoTime();
        Map<String, Long> heard = new HashMap<>();
        ago.forEach((node, age) -> heard.put(node, now - age.toNanos()));
        heardNanos = heard;
        heardReadNanos = now;
    }

    /**
     * What the last reading found; does not block.
     *
     * @throws IllegalStateException if there was none
     */
    ClusterStatus lastKnown() {
        ClusterContents known = contents;
        if (known == null) {
            throw new IllegalStateException("nothing was read yet");
        }
        long now = System.nanoTime();
        Map<String, Duration> ago = new HashMap<>();
        heardNanos.forEach((node, nanos) -> ago.put(node, Duration.ofNanos(now - nanos)));
        return ClusterStatus.of(known, ago);
    }
}
