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
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What becomes on one node of what somebody holds. Whoever asks, about everything, what changed or one prefix, hears the same story. The way to a peer is decided once and remembered. Not for more than one
 * thread.
 */
final class Decisions {

    private final LocalNode local;
    private final boolean tunnelAllowed;
    private final AddressBag guard;
    private final IpPool[] pools;
    private final @Nullable Verdict[] tunnels;
    private final @Nullable Verdict[] directs;
    private final Boolean[] sameSubnet;

    @SuppressWarnings("NullAway") // an array of nulls is what a memory begins as
    Decisions(Cluster cluster, FelixConfiguration felix, LocalNode local) {
        this.local = local;
        this.tunnelAllowed = felix.tunnelAllowed();
        List<Address> guarded = new ArrayList<>(local.guarded());
        guarded.add(local.address().address());
        this.guard = AddressBag.of(guarded);
        this.pools = cluster.pools();
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
        return covered.isPresent() ? guarded(holding.prefix(), covered.get()) : Verdict.Plain.BLACKHOLE;
    }

    private Verdict towards(Holding holding, String holder) {
        Optional<Address> covered = covered(holding);
        if (covered.isPresent()) {
            return guarded(holding.prefix(), covered.get());
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

    /** The lowest address in the prefix that must stay reachable: a node's, or one that the local node was told of. */
    private Optional<Address> covered(Holding holding) {
        Optional<Address> told = guard.lowestIn(holding.prefix());
        Address nodes = holding.covers();
        if (nodes == null) {
            return told;
        }
        return told.filter(address -> address.compareTo(nodes) < 0).or(() -> Optional.of(nodes));
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
            return new Verdict.LeftOut("mode " + pools[holding.pool()].ipipMode() + " takes the tunnel to node "
                    + peer.node().name() + ", and FelixConfiguration says ipipEnabled: false");
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
