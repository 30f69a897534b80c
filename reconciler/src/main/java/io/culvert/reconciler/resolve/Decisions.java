package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What becomes of one prefix on a node. {@link Resolver} asks it about all of them, {@link Explanation} about one, so that
 * neither can tell another story than the other. Pure; costs no more than a few look-ups.
 */
final class Decisions {

    /** Stands for the place of a pool that there is not. */
    static final int NO_POOL = -1;

    private final Snapshot snapshot;
    private final LocalNode local;
    private final boolean tunnelAllowed;
    private final Guard guard;
    private final IpPool[] pools;
    private final Set<Affinity> confirmed = new HashSet<>();

    Decisions(Snapshot snapshot, LocalNode local) {
        this.snapshot = snapshot;
        this.local = local;
        this.tunnelAllowed = snapshot.felixFor(local.name()).tunnelAllowed();
        this.guard = guard();
        this.pools = snapshot.pools().values().toArray(IpPool[]::new);
        for (Affinity affinity : snapshot.affinities()) {
            if (affinity.state() == Affinity.State.CONFIRMED) {
                confirmed.add(affinity);
            }
        }
    }

    /** The place, in the order of the snapshot, of the pool that contains the prefix; {@link #NO_POOL} if none does. */
    int poolOf(Prefix prefix) {
        for (int i = 0; i < pools.length; i++) {
            if (pools[i].cidr().contains(prefix)) {
                return i;
            }
        }
        return NO_POOL;
    }

    /** A block as a whole. */
    Verdict ofBlock(Block block, int pool) {
        String owner = block.owner().orElse(null);
        if (pool == NO_POOL) {
            return owner != null && isConfirmed(block, owner)
                    ? new Verdict.LeftOut("block " + block.cidr() + " of node " + owner + " is in no pool")
                    : Verdict.Plain.OUTSIDE_POOLS;
        }
        if (!pools[pool].routed()) {
            return Verdict.Plain.LEFT_TO_VXLAN;
        }
        if (owner == null) {
            return Verdict.Plain.UNOWNED;
        }
        if (!isConfirmed(block, owner)) {
            return Verdict.Plain.UNCONFIRMED;
        }
        return owner.equals(local.name()) ? ofOwn(block) : towards(block.cidr(), owner, pool);
    }

    private Verdict ofOwn(Block block) {
        return block.cidr().length() == 32 ? Verdict.Plain.OWN_ADDRESS : unlessGuarded(block.cidr());
    }

    private Verdict unlessGuarded(Prefix own) {
        Optional<Address> covered = guard.coveredBy(own);
        return covered.isPresent() ? guarded(own, covered.get()) : Verdict.Plain.BLACKHOLE;
    }

    /** An address that a node other than its block's owner holds. */
    Verdict ofBorrowed(Address address, String holder, int pool) {
        if (pool == NO_POOL) {
            return Verdict.Plain.OUTSIDE_POOLS;
        }
        if (!pools[pool].routed()) {
            return Verdict.Plain.LEFT_TO_VXLAN;
        }
        return holder.equals(local.name()) ? Verdict.Plain.BORROWED_HERE : towards(Prefix.host(address), holder, pool);
    }

    private boolean isConfirmed(Block block, String owner) {
        return confirmed.contains(new Affinity(owner, block.cidr(), Affinity.State.CONFIRMED));
    }

    private Verdict towards(Prefix prefix, String holder, int pool) {
        Optional<Address> covered = guard.coveredBy(prefix);
        if (covered.isPresent()) {
            return guarded(prefix, covered.get());
        }
        Node peer = snapshot.nodes().get(holder);
        InterfaceAddress address = peer == null ? null : peer.address().orElse(null);
        if (peer == null || address == null) {
            return new Verdict.LeftOut("node " + holder + (peer == null ? " does not exist" : " has no address"));
        }
        boolean sameSubnet = Subnets.same(local.address(), address);
        return switch (pools[pool].ipipMode()) {
            case ALWAYS -> tunnelled(pools[pool], peer, address.address());
            case CROSS_SUBNET ->
                sameSubnet ? direct(address.address()) : tunnelled(pools[pool], peer, address.address());
            case NEVER ->
                sameSubnet
                        ? direct(address.address())
                        : new Verdict.LeftOut("mode Never, and node " + holder + " (" + address
                                + ") is not in the subnet of " + local.name() + " (" + local.address() + ")");
        };
    }

    private Verdict tunnelled(IpPool pool, Node peer, Address address) {
        return tunnelAllowed
                ? new Verdict.Route(
                        new Via(address, Encapsulation.IPIP),
                        peer.tunnelAddress().isPresent())
                : new Verdict.LeftOut("mode " + pool.ipipMode() + " takes the tunnel to node " + peer.name()
                        + ", and FelixConfiguration says ipipEnabled: false");
    }

    private static Verdict direct(Address address) {
        return new Verdict.Route(new Via(address, Encapsulation.NONE), true);
    }

    private static Verdict guarded(Prefix prefix, Address covered) {
        return new Verdict.LeftOut(prefix + " covers " + covered
                + ", which nodes must be able to reach; a route to it would cut them off");
    }

    private Guard guard() {
        List<Address> guarded = new ArrayList<>(local.guarded());
        guarded.add(local.address().address());
        for (Node node : snapshot.nodes().values()) {
            node.address().ifPresent(address -> guarded.add(address.address()));
        }
        return new Guard(guarded);
    }
}
