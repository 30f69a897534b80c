package io.culvert.operator.status;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the status of the live agents. Blocks; any thread. */
public final class StatusReader {

    private final EtcdConnection etcd;

    public StatusReader(EtcdConnection etcd) {
        this.etcd = etcd;
    }

    /**
     * Every live agent's status.
     *
     * @param revision etcd's revision at which they were read
     * @param unreadable keys whose value is no status, each with the reason
     */
    public record Statuses(long revision, List<NodeStatus> nodes, List<String> unreadable) {

        public Statuses {
            nodes = List.copyOf(nodes);
            unreadable = List.copyOf(unreadable);
        }
    }

    /**
     * Whether the node's agent is live: its status goes with its lease, at the latest 30 s after it ended.
     *
     * @throws DatastoreException if etcd cannot be read
     */
    public boolean isLive(String node) {
        return etcd.get(Keys.status(node)).isPresent();
    }

    /**
     * The status of the node's live agent.
     *
     * @throws DatastoreException if etcd cannot be read
     */
    public Optional<NodeStatus> of(String node) {
        return etcd.get(Keys.status(node)).flatMap(StatusReader::status);
    }

    /** Something that is no status is nobody's. */
    static Optional<NodeStatus> status(Stored stored) {
        try {
            return Optional.of(NodeStatus.read(stored.value()));
        } catch (IOException noStatus) {
            return Optional.empty();
        }
    }

    /** @throws DatastoreException if etcd cannot be read */
    public Statuses read() {
        EtcdConnection.Listing listing = etcd.list(Keys.STATUSES);
        List<NodeStatus> nodes = new ArrayList<>();
        List<String> unreadable = new ArrayList<>();
        for (Stored stored : listing.entries()) {
            try {
                nodes.add(NodeStatus.read(stored.value()));
            } catch (IOException e) {
                unreadable.add(stored.key() + ": " + e.getMessage());
            }
        }
        return new Statuses(listing.revision(), nodes, unreadable);
    }

    /**
     * The time since each live agent's last heartbeat, in whole seconds: an agent keeps its lease every {@link
     * StatusWriter#REFRESH}, whether or not it has news.
     *
     * @throws DatastoreException if etcd cannot be read
     */
    public Map<String, Duration> heardAgo() {
        Map<String, Duration> byNode = new HashMap<>();
        etcd.leaseAges(Keys.STATUSES).forEach((key, age) -> byNode.put(key.substring(Keys.STATUSES.length()), age));
        return byNode;
    }

    /**
     * The store's revision. While it is the same, nothing in etcd has changed.
     *
     * @throws DatastoreException if etcd cannot be read
     */
    public long revision() {
        return etcd.revision(Keys.POOLS);
    }
}
