package io.culvert.operator.snapshot;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Map;
import java.util.Optional;

/**
 * What the datastore holds, and what it would hold after a few writes.
 *
 * @param before as it is
 * @param after as agents would understand it
 */
public record SnapshotForecast(Snapshot before, Snapshot after) {

    /**
     * Reads the datastore and applies the writes to what it read. Writes nothing to etcd. Blocks; any thread.
     *
     * @param writes documents by their etcd keys
     * @throws DatastoreException if etcd does not answer
     */
    public static SnapshotForecast of(EtcdConnection etcd, Map<String, ObjectNode> writes) {
        FullReading reading = SnapshotReader.reading(etcd);
        Snapshot before = reading.snapshot();
        long revision = reading.revision();
        for (Map.Entry<String, ObjectNode> write : writes.entrySet()) {
            revision++;
            byte[] value = Json.write(write.getValue());
            Optional<Stored> present = etcd.get(write.getKey());
            reading.assembler()
                    .put(new Stored(
                            write.getKey(),
                            value,
                            present.isPresent() ? present.get().createRevision() : revision,
                            revision,
                            present.isPresent() ? present.get().version() + 1 : 1));
        }
        return new SnapshotForecast(before, reading.assembler().snapshot(revision));
    }
}
