package io.culvert.reconciler.resolve;

import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.FelixConfiguration.NatOutgoingExclusions;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One node's resolution, while it is being worked out. For one use. */
final class Resolution {

    private static final int UNNUMBERED = -1;

    private final Holdings holdings;
    private final Snapshot snapshot;
    private final LocalNode local;
    private final FelixConfiguration felix;
    private final Decisions decisions;
    private final IpPool[] pools;
    private final List<String> poolNames = new ArrayList<>();
    private final Map<Via, Integer> viaNumbers = new HashMap<>();
    private final int[] tunnelNumbers;
    private final int[] directNumbers;
    private final List<Via> vias = new ArrayList<>();
    private final Set<Address> unreadyPeers = new HashSet<>();
    private final List<Unrouted> unrouted = new ArrayList<>();
    private final DesiredRoutes.Builder routes;

    Resolution(Holdings holdings, LocalNode local) {
        this.holdings = holdings;
        this.snapshot = holdings.snapshot();
        this.local = local;
        this.felix = snapshot.felixFor(local.name());
        this.decisions = new Decisions(holdings, local);
        this.pools = holdings.pools();
        for (IpPool pool : pools) {
            poolNames.add(pool.name());
        }
        this.tunnelNumbers = new int[holdings.peers()];
        this.directNumbers = new int[holdings.peers()];
        Arrays.fill(tunnelNumbers, UNNUMBERED);
        Arrays.fill(directNumbers, UNNUMBERED);
        this.routes = new DesiredRoutes.Builder(vias, poolNames);
    }

    DesiredState carryOut() {
        for (Holding holding : holdings.all()) {
            carryOut(decisions.of(holding), holding);
        }
        unrouted.sort(Comparator.comparing(Unrouted::prefix));
        Optional<TunnelDevice> tunnel = tunnel();
        return new DesiredState(
                tunnel, routes.build(), ruleset(tunnel.isPresent()), unreadyPeers, sysctls(tunnel), unrouted);
    }

    private void carryOut(Verdict verdict, Holding holding) {
        if (verdict instanceof Verdict.Route route) {
            routes.route(holding.prefix(), numberOf(route, Objects.requireNonNull(holding.peer())), holding.pool());
        } else if (verdict instanceof Verdict.LeftOut leftOut) {
            String poolName = holding.pool() == Holdings.NO_POOL ? "" : poolNames.get(holding.pool());
            unrouted.add(new Unrouted(holding.prefix(), poolName, leftOut.reason()));
        } else if (verdict == Verdict.Plain.BLACKHOLE) {
            routes.blackhole(holding.prefix(), holding.pool());
        }
    }

    private int numberOf(Verdict.Route route, Holding.Peer peer) {
        int[] numbers = route.via().encapsulation() == Encapsulation.IPIP ? tunnelNumbers : directNumbers;
        if (numbers[peer.number()] == UNNUMBERED) {
            numbers[peer.number()] = numberOf(route.via());
            if (!route.peerReady()) {
                unreadyPeers.add(route.via().peer());
            }
        }
        return numbers[peer.number()];
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
        Prefix own = Prefix.host(local.address().address());
        if (felix.externalNodes().isEmpty() && holdings.nodeAddresses().contains(own)) {
            return holdings.nodeAddresses();
        }
        SortedSet<Prefix> sources = new TreeSet<>(holdings.nodeAddresses());
        sources.add(own);
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
