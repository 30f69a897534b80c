package io.culvert.operator.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import java.util.UUID;

/**
 * The ClusterInformation {@code default}, without which Calico's CNI plugins and some commands of calicoctl fail. Created as
 * calico/node creates it, but without {@code calicoVersion}: calicoctl would compare its own version with it. Never changed.
 */
public final class ClusterInformation {

    private static final String PLURAL = "clusterinformations";
    private static final String NAME = "default";

    private final ResourceStore resources;

    public ClusterInformation(EtcdConnection etcd) {
        this.resources = new ResourceStore(etcd);
    }

    /**
     * Creates it if it is missing. Blocks.
     *
     * @throws DatastoreException if etcd fails
     */
    public void create() {
        if (resources.get(PLURAL, NAME).isEmpty()) {
            // Another client may be faster, which is as good.
            resources.create(PLURAL, document());
        }
    }

    private static ObjectNode document() {
        ObjectNode document = Json.object();
        document.put("kind", "ClusterInformation");
        document.put("apiVersion", "projectcalico.org/v3");
        document.putObject("metadata").put("name", NAME);
        document.putObject("spec")
                .put("clusterGUID", UUID.randomUUID().toString().replace("-", ""))
                .put("datastoreReady", true);
        return document;
    }
}
