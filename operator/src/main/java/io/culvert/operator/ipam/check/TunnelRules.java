package io.culvert.operator.ipam.check;

import io.culvert.operator.calico.store.Allocation;
import io.culvert.operator.calico.store.Keys;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Each node's tunnel address is the one that IPAM gave it, and no other node's. */
final class TunnelRules {

    private final IpamPicture picture;
    private final Consumer<Finding> findings;

    private TunnelRules(IpamPicture picture, Consumer<Finding> findings) {
        this.picture = picture;
        this.findings = findings;
    }

    static void check(IpamPicture picture, Consumer<Finding> findings) {
        TunnelRules rules = new TunnelRules(picture, findings);
        picture.nodes().values().forEach(rules::named);
        picture.blocks().values().forEach(rules::leaked);
        rules.shared();
    }

    private void named(Node node) {
        node.tunnelAddress().ifPresent(address -> named(node.name(), address));
    }

    private void named(String node, Address address) {
        boolean unknown = picture.blockOf(address).isEmpty() && isInUnreadableBlock(address);
        Optional<Allocation> holder = picture.holderOf(address);
        if (holder.isEmpty() && !unknown) {
            findings.accept(new Finding(
                    Rule.TUNNEL_ADDRESS_NOT_ALLOCATED,
                    Keys.node(node),
                    "the tunnel address " + address + " of node " + node
                            + picture.blockOf(address)
                                    .map(block -> " is free in block " + block.cidr())
                                    .orElse(" lies in no block")
                            + ", so it may be assigned again",
                    "the node's agent takes another one; clear spec.bgp.ipv4IPIPTunnelAddr if it has no agent"));
        }
        holder.filter(allocation -> !allocation.isUnmarked() && !isTunnelOf(node, allocation))
                .ifPresent(allocation -> findings.accept(new Finding(
                        Rule.TUNNEL_ADDRESS_OF_ANOTHER,
                        Keys.node(node),
                        "the tunnel address " + address + " of node " + node + " is taken by " + allocation.holder(),
                        "the node's agent takes another one; clear spec.bgp.ipv4IPIPTunnelAddr if it has no agent")));
    }

    private boolean isInUnreadableBlock(Address address) {
        for (int length = 20; length <= 32; length++) {
            if (picture.isUnreadable(Prefix.containing(address, length))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isTunnelOf(String node, Allocation allocation) {
        return allocation.isTunnel() && allocation.node().equals(Optional.of(node));
    }

    private void leaked(IpamBlock block) {
        for (Allocation allocation : block.allocations()) {
            if (allocation.isTunnel() && !allocation.coolingDown()) {
                leaked(block, allocation);
            }
        }
    }

    private void leaked(IpamBlock block, Allocation allocation) {
        String owner = allocation.node().orElse("");
        Node node = picture.nodes().get(owner);
        Optional<Address> named = node == null ? Optional.empty() : node.tunnelAddress();
        if (named.equals(Optional.of(allocation.address()))) {
            return;
        }
        String who = node == null
                ? "node " + owner + ", which does not exist"
                : "node " + owner + ", which names "
                        + named.map(Address::toString).orElse("none");
        findings.accept(new Finding(
                Rule.TUNNEL_ADDRESS_LEAKED,
                block.key(),
                allocation.address() + " is taken as the tunnel address of " + who,
                node == null
                        ? "'culvert delete node " + owner + "' releases it"
                        : "release it by its handle " + allocation.handle().orElse("(none)")));
    }

    private void shared() {
        Map<Address, List<String>> nodes = new TreeMap<>();
        picture.nodes()
                .values()
                .forEach(node -> node.tunnelAddress()
                        .ifPresent(address -> nodes.computeIfAbsent(address, first -> new ArrayList<>())
                                .add(node.name())));
        nodes.forEach((address, names) -> {
            if (names.size() > 1) {
                findings.accept(new Finding(
                        Rule.TUNNEL_ADDRESS_SHARED,
                        Keys.node(names.get(0)),
                        "nodes " + Finding.few(names) + " name the same tunnel address " + address,
                        "each agent to which IPAM has not given it takes another one; clear"
                                + " spec.bgp.ipv4IPIPTunnelAddr of a node without an agent"));
            }
        });
    }
}
