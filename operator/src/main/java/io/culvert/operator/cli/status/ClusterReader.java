package io.culvert.operator.cli.status;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.resource.ResourceList;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.operator.status.StatusReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the cluster's status again and again. Each time it asks for the store's revision, which is cheap, and only if that
 * has moved for pools, nodes, statuses and the lock: of a watch it would need four, a resumption and a cache to gain less than a
 * second. Calls block and may throw {@link DatastoreException}. For one thread.
 */
public final class ClusterReader {

    /** Keeping a lease moves no revision, and asking for leases costs a request for each node. */
    private static final Duration HEARD_EVERY = Duration.ofSeconds(2);

    private final ResourceStore store;
    private final StatusReader statuses;
    private final DatastoreLock lock;
    private @Nullable Contents contents;
    private Map<String, Long> heardNanos = Map.of();
    private long heardReadNanos;

    /** What was stored when the revision was asked for, or newer. */
    private record Contents(
            long revision, ResourceList pools, ResourceList nodes, StatusReader.Statuses statuses, boolean locked) {}

    public ClusterReader(EtcdConnection connection) {
        this.store = new ResourceStore(connection);
        this.statuses = new StatusReader(connection);
        this.lock = new DatastoreLock(connection);
    }

    /** How things are now. */
    ClusterStatus read() {
        long revision = statuses.revision();
        Contents known = contents;
        boolean news = known == null || known.revision != revision;
        if (known == null || news) {
            known = new Contents(
                    revision,
                    store.list(Kind.IP_POOL.plural()),
                    store.list(Kind.NODE.plural()),
                    statuses.read(),
                    lock.isHeld());
        }
        if (contents == null || System.nanoTime() - heardReadNanos > HEARD_EVERY.toNanos()) {
            hear();
        }
        contents = known;
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
        Contents known = contents;
        if (known == null) {
            throw new IllegalStateException("nothing was read yet");
        }
        long now = System.nanoTime();
        Map<String, Duration> ago = new HashMap<>();
        heardNanos.forEach((node, nanos) -> ago.put(node, Duration.ofNanos(now - nanos)));
        return ClusterStatus.of(known.pools, known.nodes, known.statuses, ago, known.locked);
    }
}
