package io.culvert.operator.ipam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Allocation;
import io.culvert.operator.calico.store.BlockDocument;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.resource.ResourceOutcome;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Deletes a node as Calico does ({@code libcalico-go/lib/clientv3/node.go}): the addresses of its workloads and its tunnels
 * are released, then its blocks (empty ones are deleted, the others stay without an owner), then what names the node:
 * workload endpoints, BGP peers, host endpoints, its own configurations; at last the Node.
 *
 * <p>Each step is one transaction, and what names an owner is deleted last, so the removal can be repeated wherever it was
 * interrupted. Blocks; reads every block once.
 */
public final class NodeRemoval {

    private static final int TRIES = 20;

    private final EtcdConnection etcd;
    private final ResourceStore resources;
    private final BlockClaims claims;
    private final AddressClaims addresses;
    private final Consumer<String> report;

    /** @param report gets a line for each thing that was released or deleted, but the Node itself */
    public NodeRemoval(EtcdConnection etcd, Consumer<String> report) {
        this.etcd = etcd;
        this.resources = new ResourceStore(etcd);
        this.claims = new BlockClaims(etcd);
        this.addresses = new AddressClaims(etcd);
        this.report = report;
    }

    /**
     * @return Changed with the node as it was, or Missing; what it held is released in either case
     * @throws DatastoreException if etcd fails, or a document of the node is malformed
     */
    public ResourceOutcome delete(String name) {
        releaseAddresses(new Holdings(name, tunnelAddress(name), endpointAddresses(name)));
        deleteNaming("workloadendpoints", name);
        deleteNaming("bgppeers", name);
        deleteNaming("hostendpoints", name);
        deleteOwn("felixconfigurations", name);
        deleteOwn("bgpconfigurations", name);
        delete(Keys.HOSTS + name, "host marker", stored -> true);
        etcd.list(Keys.HOSTS + name + "/")
                .entries()
                .forEach(left -> report.accept("skipped " + left.key() + ": not an IPv4 block"));
        return resources.delete("nodes", name);
    }

    /**
     * An address is the node's if its attributes name the node; or if they name none, and one of the node's workload
     * endpoints has it, or it is the node's tunnel address from before Calico 3.8.
     */
    private record Holdings(String node, Optional<Address> tunnel, Set<Address> endpoints) {

        boolean has(Allocation taken) {
            if (taken.node().isPresent()) {
                return taken.node().get().equals(node);
            }
            return endpoints.contains(taken.address())
                    || tunnel.equals(Optional.of(taken.address()))
                            && taken.handle().isEmpty();
        }
    }

    private Optional<Address> tunnelAddress(String name) {
        return resources
                .get("nodes", name)
                .flatMap(node -> address(
                        node.path("spec").path("bgp").path("ipv4IPIPTunnelAddr").asText()));
    }

    private Set<Address> endpointAddresses(String name) {
        Set<Address> found = new HashSet<>();
        for (Stored stored : etcd.list(Keys.resource("workloadendpoints", "")).entries()) {
            if (names(stored, name)) {
                for (JsonNode network : Json.read(stored).path("spec").path("ipNetworks")) {
                    address(network.asText().replaceFirst("/32$", "")).ifPresent(found::add);
                }
            }
        }
        return found;
    }

    private static Optional<Address> address(String text) {
        try {
            return Optional.of(Address.parse(text));
        } catch (IllegalArgumentException noneOrIpv6) {
            return Optional.empty();
        }
    }

    private void releaseAddresses(Holdings holdings) {
        String name = holdings.node();
        SortedSet<Prefix> owned = new TreeSet<>(claims.claimedBy(name));
        SortedSet<Prefix> concerned = new TreeSet<>();
        etcd.scan(
                Keys.BLOCKS,
                0,
                stored -> Keys.blockOf(stored.key())
                        .flatMap(cidr -> readable(cidr, stored))
                        .ifPresent(block -> {
                            if (block.owner().equals(Optional.of(name))) {
                                owned.add(block.cidr());
                            }
                            if (block.allocations().stream().anyMatch(holdings::has)) {
                                concerned.add(block.cidr());
                            }
                        }));
        concerned.forEach(block -> releaseAddresses(block, holdings));
        addresses.release(AddressClaims.tunnelHandle(name));
        owned.forEach(block -> releaseBlock(name, block));
    }

    private Optional<BlockDocument> readable(Prefix cidr, Stored stored) {
        try {
            return Optional.of(BlockDocument.read(cidr, stored));
        } catch (DatastoreException malformed) {
            report.accept("skipped " + stored.key() + ": " + malformed.getMessage());
            return Optional.empty();
        }
    }

    private void releaseAddresses(Prefix block, Holdings holdings) {
        List<Address> released = addresses.releaseWhere(block, holdings::has);
        if (!released.isEmpty()) {
            report.accept("released " + released.stream().map(Address::toString).collect(Collectors.joining(", "))
                    + " of block " + block);
        }
    }

    private void releaseBlock(String name, Prefix block) {
        claims.release(name, block);
        report.accept(
                etcd.get(Keys.block(block)).isPresent()
                        ? "released block " + block + ", which stays because others hold addresses of it"
                        : "deleted block " + block);
    }

    private void deleteNaming(String plural, String name) {
        String prefix = Keys.resource(plural, "");
        String singular = plural.substring(0, plural.length() - 1);
        for (Stored stored : etcd.list(prefix).entries()) {
            if (names(stored, name)) {
                String what = singular + " " + stored.key().substring(prefix.length());
                delete(stored.key(), what, present -> names(present, name));
            }
        }
    }

    private void deleteOwn(String plural, String name) {
        String own = "node." + name;
        delete(Keys.resource(plural, own), plural.substring(0, plural.length() - 1) + " " + own, stored -> true);
    }

    private void delete(String key, String what, Predicate<Stored> stillMeant) {
        for (int i = 0; i < TRIES; i++) {
            Optional<Stored> found = etcd.get(key).filter(stillMeant);
            if (found.isEmpty()) {
                return;
            }
            if (etcd.delete(key, found.get().modRevision()).done()) {
                report.accept("deleted " + what);
                return;
            }
        }
        throw BlockClaims.contended(key);
    }

    /** Whether {@code spec.node} is the node. A value that is no document names no node. */
    private static boolean names(Stored stored, String node) {
        try {
            ObjectNode document = Json.read(stored);
            return document.path("spec").path("node").asText().equals(node);
        } catch (DatastoreException malformed) {
            return false;
        }
    }
}
