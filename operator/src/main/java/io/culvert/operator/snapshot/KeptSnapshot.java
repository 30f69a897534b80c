package io.culvert.operator.snapshot;

import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.state.StateFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file with the last snapshot, for an agent that starts while etcd is down.
 *
 * <p>It is only used by who is configured with one of the endpoints that it was read from: an agent that was pointed at another
 * cluster must not hold its kernel to the former one's state. It belongs to the cluster, not to the node; the node's name in
 * the file's name separates nodes that share a state directory.
 */
public final class KeptSnapshot {

    private static final Logger LOG = LoggerFactory.getLogger(KeptSnapshot.class);

    private final StateFile file;
    private final List<String> endpoints;

    /** @param etcd what snapshots are read from now */
    public KeptSnapshot(Path stateDirectory, String nodeName, EtcdConfig etcd) {
        this.file = new StateFile(stateDirectory, "snapshot." + nodeName, SnapshotContent.VERSION);
        this.endpoints = etcd.endpoints().stream().map(URI::toString).toList();
    }

    /** The last snapshot; empty if there is none, or none that can be used, which is logged. Blocks; any thread. */
    Optional<FullReading> recall() {
        try {
            Optional<SnapshotContent.Recalled> recalled = file.read(SnapshotContent::decode);
            if (recalled.isPresent() && Collections.disjoint(recalled.get().endpoints(), endpoints)) {
                LOG.warn(
                        "{} is ignored: it is from etcd at {}, and this agent follows etcd at {}",
                        file,
                        String.join(",", recalled.get().endpoints()),
                        String.join(",", endpoints));
                return Optional.empty();
            }
            return recalled.map(SnapshotContent.Recalled::reading);
        } catch (IOException unreadable) {
            LOG.warn("{} is ignored: it cannot be read ({})", file, unreadable.toString());
            return Optional.empty();
        }
    }

    /** The content of the file for a state. Pure. */
    SnapshotContent contentOf(FullReading latest) {
        return new SnapshotContent(
                endpoints, latest.snapshot(), latest.assembler().documents());
    }

    /** Blocks; one thread. */
    void write(SnapshotContent content) throws IOException {
        file.write(content.encode());
    }

    /** Where it is. */
    @Override
    public String toString() {
        return file.toString();
    }
}
