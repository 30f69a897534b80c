package io.culvert.reconciler.resolve;

import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.FelixConfiguration.NatOutgoingExclusions;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * {@code resolve(Snapshot, LocalNode) → DesiredState}: one pass over the blocks. A block is routed to its owner when the
 * owner's affinity is confirmed; an address that another node borrowed out of it, to the borrower. The encapsulation
 * follows from the pool's mode and from whether the two nodes are in one subnet.
 */
public final class Resolver {

    private static final int UNREACHABLE = -1;

    private final Snapshot snapshot;
    private final LocalNode local;
    private final FelixConfiguration felix;
    private final Guard guard;
    private final IpPool[] pools;
    private final List<String> poolNames = new ArrayList<>();
    private final Set<Affinity> confirmed = new HashSet<>();
    private final Map<Via, Integer> viaNumbers = new HashMap<>();
    private final List<Via> vias = new ArrayList<>();
    private final Set<Address> unreadyPeers = new HashSet<>();
    private final List<Unrouted> unrouted = new ArrayList<>();
    private final DesiredRoutes.Builder routes;

    private Resolver(Snapshot snapshot, LocalNode local) {
        this.snapshot = snapshot;
        this.local = local;
        this.felix = snapshot.felixFor(local.name());
        this.guard = guard();
        this.pools = snapshot.pools().values().toArray(IpPool[]::new);
        for (IpPool pool : pools) {
            poolNames.add(pool.name());
        }
        for (Affinity affinity : snapshot.affinities()) {
            if (affinity.state() == Affinity.State.CONFIRMED) {
                confirmed.add(affinity);
            }
        }
        this.routes = new DesiredRoutes.Builder(vias, poolNames);
    }

    /** What the local node's kernel should hold at this snapshot. Pure. */
    public static DesiredState resolve(Snapshot snapshot, LocalNode local) {
        return new Resolver(snapshot, local).resolve();
    }

    private DesiredState resolve() {
        for (Block block : snapshot.blocks().values()) {
            int pool = poolOf(block.cidr());
            if (pool < 0) {
                blockOutsideEveryPool(block);
            } else if (pools[pool].routed()) {
                routeBlock(block, pool);
                routeBorrowed(block, pool);
            }
        }
        unrouted.sort(Comparator.comparing(Unrouted::prefix));
        Optional<TunnelDevice> tunnel = tunnel();
        return new DesiredState(
                tunnel, routes.build(), ruleset(tunnel.isPresent()), unreadyPeers, sysctls(tunnel), unrouted);
    }

    private void blockOutsideEveryPool(Block block) {
        block.owner()
                .filter(owner -> isConfirmed(block, owner))
                .ifPresent(owner -> unrouted.add(new Unrouted(
                        block.cidr(), "", "block " + block.cidr() + " of node " + owner + " is in no pool")));
    }

    private void routeBlock(Block block, int pool) {
        String owner = block.owner().orElse(null);
        if (owner == null || !isConfirmed(block, owner)) {
            return;
        }
        if (!owner.equals(local.name())) {
            route(block.cidr(), owner, pool);
        } else if (block.cidr().length() < 32 && isHarmless(block.cidr(), pool)) {
            routes.blackhole(block.cidr(), pool);
        }
    }

    private boolean isConfirmed(Block block, String owner) {
        return confirmed.contains(new Affinity(owner, block.cidr(), Affinity.State.CONFIRMED));
    }

    private void routeBorrowed(Block block, int pool) {
        block.borrowed().forEach((address, holder) -> {
            if (!holder.equals(local.name())) {
                route(Prefix.host(address), holder, pool);
            }
        });
    }

    private void route(Prefix prefix, String owner, int pool) {
        if (isHarmless(prefix, pool)) {
            int via = via(prefix, owner, pool);
            if (via != UNREACHABLE) {
                routes.route(prefix, via, pool);
            }
        }
    }

    private boolean isHarmless(Prefix prefix, int pool) {
        Optional<Address> covered = guard.coveredBy(prefix);
        covered.ifPresent(address -> leaveOut(
                prefix,
                pool,
                prefix + " covers " + address
                        + ", which nodes must be able to reach; a route to it would cut them off"));
        return covered.isEmpty();
    }

    private int via(Prefix prefix, String owner, int pool) {
        Node peer = snapshot.nodes().get(owner);
        InterfaceAddress address = peer == null ? null : peer.address().orElse(null);
        if (peer == null || address == null) {
            leaveOut(prefix, pool, "node " + owner + (peer == null ? " does not exist" : " has no address"));
            return UNREACHABLE;
        }
        boolean sameSubnet = Subnets.same(local.address(), address);
        return switch (pools[pool].ipipMode()) {
            case ALWAYS -> tunnelTo(prefix, pool, peer, address.address());
            case CROSS_SUBNET ->
                sameSubnet
                        ? numberOf(new Via(address.address(), Encapsulation.NONE))
                        : tunnelTo(prefix, pool, peer, address.address());
            case NEVER -> {
                if (sameSubnet) {
                    yield numberOf(new Via(address.address(), Encapsulation.NONE));
                }
                leaveOut(
                        prefix,
                        pool,
                        "mode Never, and node " + owner + " (" + address + ") is not in the subnet of " + local.name()
                                + " (" + local.address() + ")");
                yield UNREACHABLE;
            }
        };
    }

    private int tunnelTo(Prefix prefix, int pool, Node peer, Address address) {
        if (!felix.tunnelAllowed()) {
            leaveOut(
                    prefix,
                    pool,
                    "mode " + pools[pool].ipipMode() + " takes the tunnel to node " + peer.name()
                            + ", and FelixConfiguration says ipipEnabled: false");
            return UNREACHABLE;
        }
        if (peer.tunnelAddress().isEmpty()) {
            unreadyPeers.add(address);
        }
        return numberOf(new Via(address, Encapsulation.IPIP));
    }

    private void leaveOut(Prefix prefix, int pool, String reason) {
        unrouted.add(new Unrouted(prefix, poolNames.get(pool), reason));
    }

    private int numberOf(Via via) {
        return viaNumbers.computeIfAbsent(via, added -> {
            vias.add(added);
            return vias.size() - 1;
        });
    }

    private int poolOf(Prefix prefix) {
        for (int i = 0; i < pools.length; i++) {
            if (pools[i].cidr().contains(prefix)) {
                return i;
            }
        }
        return -1;
    }

    private Guard guard() {
        List<Address> guarded = new ArrayList<>(local.guarded());
        guarded.add(local.address().address());
        for (Node node : snapshot.nodes().values()) {
            node.address().ifPresent(address -> guarded.add(address.address()));
        }
        return new Guard(guarded);
    }

    private Optional<TunnelDevice> tunnel() {
        if (!felix.tunnelAllowed() || snapshot.pools().values().stream().noneMatch(IpPool::tunnelled)) {
            return Optional.empty();
        }
        @Nullable Node self = snapshot.nodes().get(local.name());
        Optional<Address> named = self == null ? Optional.empty() : self.tunnelAddress();
        Optional<Address> address = named.or(local::assignedTunnelAddress);
        return Optional.of(
                new TunnelDevice(local.tunnelDevice(), local.address().address(), local.tunnelMtu(), address));
    }

    private Optional<Ruleset> ruleset(boolean tunnelFiltered) {
        if (pools.length == 0) {
            return Optional.empty();
        }
        SortedSet<Prefix> all = new TreeSet<>();
        SortedSet<Prefix> nat = new TreeSet<>();
        for (IpPool pool : pools) {
            all.add(pool.cidr());
            if (pool.natOutgoing() && pool.routed()) {
                nat.add(pool.cidr());
            }
        }
        boolean sourcesExempt =
                felix.natOutgoingExclusions().equals(Optional.of(NatOutgoingExclusions.IP_POOLS_AND_HOST_IPS));
        return Optional.of(new Ruleset(all, nat, tunnelSources(), sourcesExempt, tunnelFiltered));
    }

    private SortedSet<Prefix> tunnelSources() {
        SortedSet<Prefix> sources = new TreeSet<>();
        sources.add(Prefix.host(local.address().address()));
        for (Node node : snapshot.nodes().values()) {
            node.address().ifPresent(address -> sources.add(Prefix.host(address.address())));
        }
        sources.addAll(felix.externalNodes());
        return withoutCovered(sources);
    }

    /** Elements of an interval set of nftables must not overlap; a prefix sorts before those it contains. */
    private static SortedSet<Prefix> withoutCovered(SortedSet<Prefix> prefixes) {
        SortedSet<Prefix> apart = new TreeSet<>();
        for (Prefix prefix : prefixes) {
            if (apart.isEmpty() || !apart.last().contains(prefix)) {
                apart.add(prefix);
            }
        }
        return apart;
    }

    private Map<String, Integer> sysctls(Optional<TunnelDevice> tunnel) {
        if (pools.length == 0) {
            return Map.of();
        }
        Map<String, Integer> sysctls = new HashMap<>();
        sysctls.put("net/ipv4/ip_forward", 1);
        tunnel.ifPresent(device -> sysctls.put("net/ipv4/conf/" + device.name() + "/rp_filter", 2));
        return sysctls;
    }
}
