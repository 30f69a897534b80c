package io.culvert.reconciler.resolve;

import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.AddressBag;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.resolve.Holding.Peer;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.IpPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides how one node routes each holding. A full resolution, a step and an explanation all decide here, so they agree. Keeps the
 * decision for each peer. Not for more than one thread.
 */
final class Decisions {

    private final LocalNode local;
    private final boolean tunnelAllowed;
    private final AddressBag guard;
    private final Map<Prefix, String> networks;
    private final IpPool[] pools;
    private final @Nullable Verdict[] tunnels;
    private final @Nullable Verdict[] directs;
    private final Boolean[] sameSubnet;

    @SuppressWarnings("NullAway") // the arrays are filled on demand
    Decisions(Cluster cluster, FelixConfiguration felix, LocalNode local) {
        this.local = local;
        this.tunnelAllowed = felix.tunnelAllowed();
        List<Address> guarded = new ArrayList<>(local.guarded());
        guarded.add(local.address().address());
        this.guard = AddressBag.of(guarded);
        this.pools = cluster.pools();
        this.networks = withinReach(local.networks());
        this.tunnels = new Verdict[cluster.numbers()];
        this.directs = new Verdict[cluster.numbers()];
        this.sameSubnet = new Boolean[cluster.numbers()];
    }

    Verdict of(Holding holding) {
        if (holding.pool() == Cluster.NO_POOL) {
            return outsidePools(holding);
        }
        if (!pools[holding.pool()].routed()) {
            return Verdict.Plain.LEFT_TO_VXLAN;
        }
        String holder = holding.holder();
        if (holder == null) {
            return Verdict.Plain.UNOWNED;
        }
        if (!holding.borrowed() && !holding.confirmed()) {
            return Verdict.Plain.UNCONFIRMED;
        }
        return holder.equals(local.name()) ? ofOwn(holding) : towards(holding, holder);
    }

    /** Those that blocks can be in: most nodes have none, and then a holding costs nothing. */
    private Map<Prefix, String> withinReach(Map<Prefix, String> all) {
        Map<Prefix, String> near = new HashMap<>();
        all.forEach((network, device) -> {
            if (Stream.of(pools).anyMatch(pool -> pool.cidr().overlaps(network))) {
                near.put(network, device);
            }
        });
        return near;
    }

    private static Verdict outsidePools(Holding holding) {
        return !holding.borrowed() && holding.confirmed()
                ? new Verdict.LeftOut("block " + holding.prefix() + " of node " + holding.holder() + " is in no pool")
                : Verdict.Plain.OUTSIDE_POOLS;
    }

    private Verdict ofOwn(Holding holding) {
        if (holding.borrowed()) {
            return Verdict.Plain.BORROWED_HERE;
        }
        if (holding.prefix().length() == 32) {
            return Verdict.Plain.OWN_ADDRESS;
        }
        Optional<Address> covered = covered(holding);
        if (covered.isPresent()) {
            return guarded(holding.prefix(), covered.get());
        }
        return inNetwork(holding, local.name()).orElse(Verdict.Plain.BLACKHOLE);
    }

    private Verdict towards(Holding holding, String holder) {
        Optional<Address> covered = covered(holding);
        if (covered.isPresent()) {
            return guarded(holding.prefix(), covered.get());
        }
        Optional<Verdict> inNetwork = inNetwork(holding, holder);
        if (inNetwork.isPresent()) {
            return inNetwork.get();
        }
        Peer peer = holding.peer();
        InterfaceAddress address = peer == null ? null : peer.node().address().orElse(null);
        if (peer == null || address == null) {
            return new Verdict.LeftOut("node " + holder + (peer == null ? " does not exist" : " has no address"));
        }
        return switch (pools[holding.pool()].ipipMode()) {
            case ALWAYS -> tunnelled(holding, peer, address);
            case CROSS_SUBNET -> inSubnet(peer, address) ? direct(peer, address) : tunnelled(holding, peer, address);
            case NEVER ->
                inSubnet(peer, address)
                        ? direct(peer, address)
                        : new Verdict.LeftOut("mode Never, and node " + holder + " (" + address
                                + ") is not in the subnet of " + local.name() + " (" + local.address() + ")");
        };
    }

    /** The lowest address in the prefix that must stay reachable: a node's, or a guarded one of the local node. */
    private Optional<Address> covered(Holding holding) {
        Optional<Address> guarded = guard.lowestIn(holding.prefix());
        Address nodes = holding.covers();
        if (nodes == null) {
            return guarded;
        }
        return guarded.filter(address -> address.compareTo(nodes) < 0).or(() -> Optional.of(nodes));
    }

    /** A prefix inside a network of the node: a route to it would cut off the hosts that have its addresses there. */
    private Optional<Verdict> inNetwork(Holding holding, String holder) {
        for (Map.Entry<Prefix, String> network : networks.entrySet()) {
            if (network.getKey().contains(holding.prefix()) && !isWorkloads(network.getKey(), holding)) {
                return Optional.of(new Verdict.LeftOut(holding.prefix() + " of node " + holder + " is inside "
                        + network.getKey() + ", the network of " + network.getValue()
                        + " on this node; a route to it would cut off hosts in that network:"
                        + " give " + network.getValue() + " a network outside the pools"));
            }
        }
        return Optional.empty();
    }

    /** Workloads of the own block can be on a bridge. Its route goes before the blackhole, and IPAM lends its addresses. */
    private boolean isWorkloads(Prefix network, Holding holding) {
        return holding.block().cidr().contains(network)
                && holding.block().owner().equals(Optional.of(local.name()));
    }

    private boolean inSubnet(Peer peer, InterfaceAddress address) {
        Boolean known = sameSubnet[peer.number()];
        if (known == null) {
            known = Subnets.same(local.address(), address);
            sameSubnet[peer.number()] = known;
        }
        return known;
    }

    private Verdict tunnelled(Holding holding, Peer peer, InterfaceAddress address) {
        if (!tunnelAllowed) {
            return new Verdict.LeftOut("mode " + pools[holding.pool()].ipipMode() + " needs the tunnel to node "
                    + peer.node().name() + ", but FelixConfiguration says ipipEnabled: false");
        }
        Verdict known = tunnels[peer.number()];
        if (known == null) {
            known = new Verdict.Route(
                    new Via(address.address(), Encapsulation.IPIP),
                    peer.node().tunnelAddress().isPresent());
            tunnels[peer.number()] = known;
        }
        return known;
    }

    private Verdict direct(Peer peer, InterfaceAddress address) {
        Verdict known = directs[peer.number()];
        if (known == null) {
            known = new Verdict.Route(new Via(address.address(), Encapsulation.NONE), true);
            directs[peer.number()] = known;
        }
        return known;
    }

    private static Verdict guarded(Prefix prefix, Address covered) {
        return new Verdict.LeftOut(prefix + " covers " + covered
                + ", which nodes must be able to reach; a route to it would cut them off");
    }
}
