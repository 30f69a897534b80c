package io.culvert.operator.ipam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.resource.ResourceOutcome;
import io.culvert.operator.resource.ResourceOutcome.Conflict;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Keeps a node's own Node resource: created if it is missing, its address and its reference to Kubernetes corrected if they
 * differ; its other fields are not touched. Calls block. Every call may throw {@link DatastoreException}.
 */
public final class NodeRegistration {

    private static final String PLURAL = "nodes";
    private static final String ADDRESS = "ipv4Address";
    private static final String TUNNEL_ADDRESS = "ipv4IPIPTunnelAddr";
    private static final String KUBERNETES = "k8s";
    private static final int TRIES = 20;

    /** An address that moves to another interface, or whose lease is renewed, is away for a moment. */
    static final Duration ABSENCE = Duration.ofSeconds(10);

    private final ResourceStore resources;
    private final String name;
    private final Optional<String> kubernetesNode;
    private final LongSupplier nanos;
    private boolean referenced;
    private OptionalLong absentSince = OptionalLong.empty();

    public NodeRegistration(EtcdConnection etcd, String name) {
        this(etcd, name, Optional.empty());
    }

    /** @param kubernetesNode its name in Kubernetes, by which Calico's controllers find the Node; empty outside Kubernetes */
    public NodeRegistration(EtcdConnection etcd, String name, Optional<String> kubernetesNode) {
        this(etcd, name, kubernetesNode, System::nanoTime);
    }

    NodeRegistration(EtcdConnection etcd, String name, Optional<String> kubernetesNode, LongSupplier nanos) {
        this.resources = new ResourceStore(etcd);
        this.name = name;
        this.kubernetesNode = kubernetesNode;
        this.nanos = nanos;
    }

    /**
     * Writes the address unless the snapshot has it, and then makes no call to etcd. An address that this node does not use
     * any more is given up first, since another node may be waiting for it: so any exchange of addresses ends. One that no
     * interface has is given up after 10 s, or at once if another node is registered with it.
     *
     * @param address the node's own as last observed
     * @return a problem: another node uses the address already
     */
    public Optional<String> reconcile(Snapshot snapshot, NodeAddress address) {
        Optional<String> rival = rival(snapshot, address.address());
        Optional<InterfaceAddress> registered =
                Optional.ofNullable(snapshot.nodes().get(name)).flatMap(Node::address);
        boolean known = registered.equals(Optional.of(address.address()));
        if (address.isPresent() && rival.isEmpty() && (!known || kubernetesNode.isPresent() && !referenced)) {
            register(address.address());
            referenced = true;
        }
        boolean gone = isGone(address);
        if (rival.isPresent() || gone) {
            registered
                    .map(InterfaceAddress::address)
                    .filter(former -> !address.isPresent()
                            || !former.equals(address.address().address()))
                    .ifPresent(this::giveUp);
        }
        return rival.filter(other -> address.isPresent())
                .map(other -> "cannot register node " + name + " with address " + address.address() + ": node " + other
                        + " uses it already; if that node is gone, delete it (culvert delete node " + other
                        + "), else give one of them another address");
    }

    private boolean isGone(NodeAddress address) {
        if (address.isPresent()) {
            absentSince = OptionalLong.empty();
            return false;
        }
        long now = nanos.getAsLong();
        absentSince = OptionalLong.of(absentSince.orElse(now));
        return now - absentSince.getAsLong() >= ABSENCE.toNanos();
    }

    private Optional<String> rival(Snapshot snapshot, InterfaceAddress address) {
        return snapshot.nodes().values().stream()
                .filter(node -> !node.name().equals(name))
                .filter(node -> node.address().map(InterfaceAddress::address).equals(Optional.of(address.address())))
                .map(Node::name)
                .sorted()
                .findFirst();
    }

    private void register(InterfaceAddress address) {
        for (int i = 0; i < TRIES; i++) {
            Optional<ObjectNode> found = resources.get(PLURAL, name);
            boolean settled = found.isEmpty()
                    ? resources.create(PLURAL, newNode(address)) instanceof ResourceOutcome.Changed
                    : correct(found.get(), address);
            if (settled) {
                return;
            }
        }
        throw BlockClaims.contended(Keys.node(name));
    }

    private void giveUp(Address address) {
        for (int i = 0; i < TRIES; i++) {
            Optional<ObjectNode> found = resources.get(PLURAL, name);
            if (found.isEmpty()
                    || !removeAddress(found.get().withObject("/spec"), address.toString())
                    || !(resources.update(PLURAL, found.get()) instanceof Conflict)) {
                return;
            }
        }
        throw BlockClaims.contended(Keys.node(name));
    }

    /** Wherever a Node may name it. Without {@code bgp.ipv4Address} readers fall back to {@code spec.addresses}. */
    private static boolean removeAddress(ObjectNode spec, String address) {
        Predicate<JsonNode> names =
                value -> value.asText().equals(address) || value.asText().startsWith(address + "/");
        boolean removed = false;
        if (names.test(spec.path("bgp").path(ADDRESS))) {
            ObjectNode bgp = spec.withObject("/bgp");
            bgp.remove(ADDRESS);
            if (bgp.isEmpty()) {
                spec.remove("bgp");
            }
            removed = true;
        }
        if (spec.path("addresses") instanceof ArrayNode addresses) {
            for (Iterator<JsonNode> entries = addresses.iterator(); entries.hasNext(); ) {
                if (names.test(entries.next().path("address"))) {
                    entries.remove();
                    removed = true;
                }
            }
        }
        return removed;
    }

    private ObjectNode newNode(InterfaceAddress address) {
        ObjectNode node = Json.object();
        node.put("kind", "Node");
        node.put("apiVersion", "projectcalico.org/v3");
        node.putObject("metadata").put("name", name);
        node.putObject("spec").putObject("bgp").put(ADDRESS, address.toString());
        refer(node);
        node.putObject("status");
        return node;
    }

    private boolean correct(ObjectNode node, InterfaceAddress address) {
        ObjectNode bgp = node.withObject("/spec").withObject("/bgp");
        boolean moved = !address.toString().equals(bgp.path(ADDRESS).asText());
        bgp.put(ADDRESS, address.toString());
        boolean referred = refer(node);
        return !referred && !moved || !(resources.update(PLURAL, node) instanceof Conflict);
    }

    /** References of other orchestrators stay; false if Kubernetes' is right. */
    private boolean refer(ObjectNode node) {
        if (kubernetesNode.isEmpty()) {
            return false;
        }
        ArrayNode before = node.withObject("/spec").withArray("/orchRefs").deepCopy();
        ArrayNode references = node.withObject("/spec").putArray("orchRefs");
        references.addObject().put("nodeName", kubernetesNode.get()).put("orchestrator", KUBERNETES);
        before.forEach(reference -> {
            if (!reference.path("orchestrator").asText().equals(KUBERNETES)) {
                references.add(reference);
            }
        });
        return !before.equals(references);
    }

    /** The tunnel address as it is stored now, as text; empty also if there is no such node. */
    Optional<String> tunnelAddress() {
        return resources
                .get(PLURAL, name)
                .map(node -> node.path("spec").path("bgp").path(TUNNEL_ADDRESS).asText(""))
                .filter(Predicate.not(String::isEmpty));
    }

    /** Writes or clears the tunnel address; false if there is no such node. */
    public boolean setTunnelAddress(Optional<Address> address) {
        for (int i = 0; i < TRIES; i++) {
            Optional<ObjectNode> found = resources.get(PLURAL, name);
            if (found.isEmpty()) {
                return false;
            }
            if (change(found.get(), TUNNEL_ADDRESS, address.map(Address::toString))) {
                return true;
            }
        }
        throw BlockClaims.contended(Keys.node(name));
    }

    /** Changes one field of {@code spec.bgp}, which must not be left empty; false if another client changed the node. */
    private boolean change(ObjectNode node, String field, Optional<String> value) {
        ObjectNode spec = node.withObject("/spec");
        ObjectNode bgp = spec.withObject("/bgp");
        if (value.isPresent() && value.get().equals(bgp.path(field).asText())) {
            return true;
        }
        value.ifPresentOrElse(text -> bgp.put(field, text), () -> bgp.remove(field));
        if (bgp.isEmpty()) {
            spec.remove("bgp");
        }
        return !(resources.update(PLURAL, node) instanceof Conflict);
    }
}
