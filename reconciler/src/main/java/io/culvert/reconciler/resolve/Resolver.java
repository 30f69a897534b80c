package io.culvert.reconciler.resolve;

import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
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

    private final Snapshot snapshot;
    private final LocalNode local;
    private final FelixConfiguration felix;
    private final Decisions decisions;
    private final IpPool[] pools;
    private final List<String> poolNames = new ArrayList<>();
    private final Map<Via, Integer> viaNumbers = new HashMap<>();
    private final List<Via> vias = new ArrayList<>();
    private final Set<Address> unreadyPeers = new HashSet<>();
    private final List<Unrouted> unrouted = new ArrayList<>();
    private final DesiredRoutes.Builder routes;

    private Resolver(Snapshot snapshot, LocalNode local) {
        this.snapshot = snapshot;
        this.local = local;
        this.felix = snapshot.felixFor(local.name());
        this.decisions = new Decisions(snapshot, local);
        this.pools = snapshot.pools().values().toArray(IpPool[]::new);
        for (IpPool pool : pools) {
            poolNames.add(pool.name());
        }
        this.routes = new DesiredRoutes.Builder(vias, poolNames);
    }

    /** What the local node's kernel should hold at this snapshot. Pure. */
    public static DesiredState resolve(Snapshot snapshot, LocalNode local) {
        return new Resolver(snapshot, local).resolve();
    }

    private DesiredState resolve() {
        for (Block block : snapshot.blocks().values()) {
            int pool = decisions.poolOf(block.cidr());
            carryOut(decisions.ofBlock(block, pool), block.cidr(), pool);
            block.borrowed()
                    .forEach((address, holder) ->
                            carryOut(decisions.ofBorrowed(address, holder, pool), Prefix.host(address), pool));
        }
        unrouted.sort(Comparator.comparing(Unrouted::prefix));
        Optional<TunnelDevice> tunnel = tunnel();
        return new DesiredState(
                tunnel, routes.build(), ruleset(tunnel.isPresent()), unreadyPeers, sysctls(tunnel), unrouted);
    }

    private void carryOut(Verdict verdict, Prefix prefix, int pool) {
        if (verdict instanceof Verdict.Route route) {
            if (!route.peerReady()) {
                unreadyPeers.add(route.via().peer());
            }
            routes.route(prefix, numberOf(route.via()), pool);
        } else if (verdict instanceof Verdict.LeftOut leftOut) {
            String poolName = pool == Decisions.NO_POOL ? "" : poolNames.get(pool);
            unrouted.add(new Unrouted(prefix, poolName, leftOut.reason()));
        } else if (verdict == Verdict.Plain.BLACKHOLE) {
            routes.blackhole(prefix, pool);
        }
    }

    private int numberOf(Via via) {
        return viaNumbers.computeIfAbsent(via, added -> {
            vias.add(added);
            return vias.size() - 1;
        });
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
