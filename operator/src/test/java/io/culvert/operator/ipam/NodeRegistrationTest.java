package io.culvert.operator.ipam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.resource.ClusterInformation;
import io.culvert.operator.snapshot.SnapshotReader;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.node.NodeAddress;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a node's agent leaves in the store for Calico's tools. */
class NodeRegistrationTest {

    private static final InterfaceAddress ADDRESS = InterfaceAddress.parse("10.0.1.11/24");
    private static final String CLUSTER = Keys.CLUSTER + "default";

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private EtcdConnection etcd;

    @BeforeEach
    void connect() {
        etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()));
    }

    @AfterEach
    void disconnect() {
        etcd.close();
    }

    @Test
    void aNewNodeOnKubernetesRefersToIt() {
        register(Optional.of("worker-1.example"));
        assertThat(node().at("/spec/orchRefs").toString())
                .isEqualTo("[{\"nodeName\":\"worker-1.example\",\"orchestrator\":\"k8s\"}]");
    }

    @Test
    void aNodeFromBeforeRefersToKubernetesTooAndKeepsItsOtherReferences() {
        register(Optional.empty());
        assertThat(node().at("/spec/orchRefs").isMissingNode()).isTrue();
        ObjectNode before = node();
        before.withObject("/spec")
                .putArray("orchRefs")
                .add(Json.object().put("nodeName", "old").put("orchestrator", "k8s"))
                .add(Json.object().put("nodeName", "os-1").put("orchestrator", "openstack"));
        long revision = etcd.get(Keys.node("n1")).orElseThrow().modRevision();
        assertThat(etcd.replace(Keys.node("n1"), Json.write(before), revision).done())
                .isTrue();

        register(Optional.of("worker-1"));
        assertThat(node().at("/spec/orchRefs").toString())
                .isEqualTo("[{\"nodeName\":\"worker-1\",\"orchestrator\":\"k8s\"},"
                        + "{\"nodeName\":\"os-1\",\"orchestrator\":\"openstack\"}]");
        long written = etcd.get(Keys.node("n1")).orElseThrow().modRevision();
        register(Optional.of("worker-1"));
        assertThat(etcd.get(Keys.node("n1")).orElseThrow().modRevision()).isEqualTo(written);
    }

    @Test
    void clusterInformationIsCreatedAsCalicoNodeDoesAndNeverChanged() {
        new ClusterInformation(etcd).create();
        ObjectNode created = Json.read(etcd.get(CLUSTER).orElseThrow());
        assertThat(created.at("/spec/datastoreReady").asBoolean()).isTrue();
        assertThat(created.at("/spec/clusterGUID").asText()).matches("[0-9a-f]{32}");
        assertThat(created.at("/spec/calicoVersion").isMissingNode()).isTrue();
        assertThat(created.at("/metadata/uid").asText()).isNotEmpty();
        assertThat(created.at("/metadata/creationTimestamp").asText()).isNotEmpty();

        new ClusterInformation(etcd).create();
        assertThat(Json.read(etcd.get(CLUSTER).orElseThrow())).isEqualTo(created);

        long revision = etcd.get(CLUSTER).orElseThrow().modRevision();
        byte[] locked = "{\"metadata\":{\"name\":\"default\"},\"spec\":{\"datastoreReady\":false}}".getBytes(UTF_8);
        etcd.replace(CLUSTER, locked, revision);
        new ClusterInformation(etcd).create();
        assertThat(etcd.get(CLUSTER).orElseThrow().value()).isEqualTo(locked);
    }

    private void register(Optional<String> kubernetesNode) {
        assertThat(new NodeRegistration(etcd, "n1", kubernetesNode)
                        .reconcile(SnapshotReader.read(etcd), NodeAddress.present(ADDRESS)))
                .isEmpty();
    }

    private ObjectNode node() {
        return Json.read(etcd.get(Keys.node("n1")).orElseThrow());
    }
}
