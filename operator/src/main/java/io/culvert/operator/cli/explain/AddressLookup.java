package io.culvert.operator.cli.explain;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Spelling;
import io.culvert.operator.calico.store.Allocation;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.terminal.NameList;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.ipam.IpamReader;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.KernelView;
import io.culvert.operator.node.NodeKernel;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.operator.snapshot.SnapshotReader;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.reconcile.FatalException;
import io.culvert.reconciler.resolve.Explanation;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Rejected;
import io.culvert.reconciler.resource.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads what an answer about an address needs: etcd, and the kernel if this host is the sending node. Blocks. */
final class AddressLookup {

    // Never shown: another node's MTU is unknown here.
    private static final int UNKNOWN_MTU = 1480;

    private final AgentConfig config;
    private final EtcdConnection etcd;
    private final Snapshot snapshot;
    private String kernelAbsent = "";

    private AddressLookup(AgentConfig config, EtcdConnection etcd) {
        this.config = config;
        this.etcd = etcd;
        this.snapshot = SnapshotReader.read(etcd);
    }

    /** @param from the sending node's name, empty for this host's */
    static AddressQuestion of(AgentConfig config, String from, Prefix asked) {
        try (EtcdConnection etcd = EtcdConnection.open(config.etcd())) {
            return new AddressLookup(config, etcd).question(from, asked);
        }
    }

    private AddressQuestion question(String from, Prefix asked) {
        Node sender = sender(from.isEmpty() ? config.nodeName() : from, from.isEmpty());
        InterfaceAddress address = sender.address()
                .orElseThrow(() -> Refusal.failed(
                        "node " + sender.name() + " has no address in etcd, so it cannot send; start its agent"));
        Optional<KernelView> kernel = kernel(sender, address);
        LocalNode local = kernel.map(view -> view.observation().local())
                .orElseGet(() -> new LocalNode(
                        sender.name(), address, config.tunnelDevice(), UNKNOWN_MTU, Optional.empty(), Set.of()));
        Explanation explanation = Explanation.of(snapshot, local, asked);
        Optional<Allocation> allocation = asked.length() < 32
                ? Optional.empty()
                : explanation
                        .nearest()
                        .flatMap(nearest ->
                                IpamReader.allocation(etcd, nearest.block().cidr(), asked.network()));
        return new AddressQuestion(
                explanation,
                allocation,
                rejected(explanation),
                snapshot.felixFor(sender.name()).ipipMtu(),
                kernel,
                kernelAbsent);
    }

    private Node sender(String name, boolean thisHost) {
        Node node = snapshot.nodes().get(name);
        if (node != null) {
            return node;
        }
        Set<String> names = new TreeMap<>(snapshot.nodes()).keySet();
        String known =
                names.isEmpty() ? "no node is registered yet" : "known nodes: " + NameList.of(List.copyOf(names));
        if (thisHost) {
            throw Refusal.invalid(
                    "this host (" + name + ") is not a node: name the sending node with --from; " + known);
        }
        throw Refusal.invalid("--from: unknown node " + name
                + Spelling.nearest(name, names).map(Spelling::question).orElse("; " + known));
    }

    private Optional<KernelView> kernel(Node sender, InterfaceAddress address) {
        if (!sender.name().equals(config.nodeName())) {
            kernelAbsent = "this host is not node " + sender.name() + "; run this command there";
            return Optional.empty();
        }
        try (NodeKernel kernel = NodeKernel.open(config.orAddress(address))) {
            KernelView view = kernel.view(snapshot);
            if (view.observation().links().carrying(address.address()).isPresent()) {
                return Optional.of(view);
            }
            kernelAbsent = "no interface here has node " + sender.name() + "'s address " + address.address()
                    + "; run this command in the node's network namespace";
        } catch (KernelException | FatalException refused) {
            kernelAbsent = String.valueOf(refused.getMessage());
        }
        return Optional.empty();
    }

    /** Rejected documents about the address: its blocks, claims on them, their nodes, pools around it. */
    private List<String> rejected(Explanation explanation) {
        Map<String, Optional<Prefix>> pools = new TreeMap<>();
        for (ObjectNode pool :
                new ResourceStore(etcd).list(Kind.IP_POOL.plural()).documents()) {
            String name = pool.path("metadata").path("name").asText();
            pools.put(
                    Keys.resource(Kind.IP_POOL.plural(), name),
                    prefix(pool.path("spec").path("cidr").asText()));
        }
        return snapshot.rejected().stream()
                .filter(one -> concerns(one, explanation, pools))
                .map(one -> one.key() + ": " + one.reason()
                        + (one.lastGoodKept() ? "; its last good value stays in force" : ""))
                .toList();
    }

    /** A pool whose prefix cannot be read may be around anything. */
    private static boolean concerns(Rejected one, Explanation explanation, Map<String, Optional<Prefix>> pools) {
        Prefix asked = explanation.asked();
        return switch (one.kind()) {
            case "IPPool" ->
                pools.getOrDefault(one.key(), Optional.empty())
                        .map(cidr -> cidr.overlaps(asked))
                        .orElse(true);
            case "Node" ->
                explanation.candidates().stream()
                        .flatMap(candidate -> candidate.holder().stream())
                        .anyMatch(holder -> one.key().equals(Keys.resource(Kind.NODE.plural(), holder)));
            default ->
                prefix(one.key().substring(one.key().lastIndexOf('/') + 1).replace('-', '/'))
                        .map(block -> block.overlaps(asked))
                        .orElse(false);
        };
    }

    private static Optional<Prefix> prefix(String text) {
        try {
            return Optional.of(Prefix.parse(text));
        } catch (IllegalArgumentException notOne) {
            return Optional.empty();
        }
    }
}
