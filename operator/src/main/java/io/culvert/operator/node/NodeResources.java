package io.culvert.operator.node;

import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.ipam.BlockClaimMode;
import io.culvert.operator.ipam.IpamWriter;
import io.culvert.operator.ipam.NodeRegistration;
import io.culvert.operator.resource.ClusterInformation;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.node.AddressOrigin;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A node's own resources in etcd: its Node, its blocks, its tunnel address. Calls block; for one thread. */
public final class NodeResources {

    private final ClusterInformation cluster;
    private final NodeRegistration registration;
    private final boolean registers;
    private final IpamWriter ipam;
    private boolean clusterKnown;
    private Optional<String> withoutCluster = Optional.empty();

    /** @param assigned as {@link IpamWriter} says */
    public NodeResources(EtcdConnection etcd, AgentConfig config, Consumer<Optional<Address>> assigned) {
        this.cluster = new ClusterInformation(etcd);
        this.registration = new NodeRegistration(etcd, config.nodeName(), config.kubernetesNode());
        this.registers = config.addressOrigin() != AddressOrigin.REGISTERED;
        this.ipam = new IpamWriter(
                etcd,
                config.nodeName(),
                config.claimsBlocks() ? BlockClaimMode.AUTO : BlockClaimMode.OBSERVE,
                assigned);
    }

    /**
     * Writes what is missing, judged by the snapshot; sends nothing if nothing is.
     *
     * @param address the node's own as last observed
     * @return what cannot be done, each with the reason and what to do
     * @throws DatastoreException if etcd fails; to be tried again
     */
    public List<String> reconcile(Snapshot snapshot, NodeAddress address) {
        createCluster();
        List<String> problems = new ArrayList<>(withoutCluster.stream().toList());
        if (registers) {
            registration.reconcile(snapshot, address).ifPresent(problems::add);
        }
        problems.addAll(ipam.reconcile(snapshot));
        return problems;
    }

    /** Once. An agent that may not do it says so and asks etcd no more. */
    private void createCluster() {
        if (clusterKnown) {
            return;
        }
        try {
            cluster.create();
        } catch (DatastoreException refused) {
            if (refused.kind() != DatastoreException.Kind.DENIED) {
                throw refused;
            }
            withoutCluster = Optional.of(refused.getMessage() + "; Calico's tools need this resource");
        }
        clusterKnown = true;
    }
}
