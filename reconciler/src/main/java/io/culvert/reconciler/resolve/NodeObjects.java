package io.culvert.reconciler.resolve;

import io.culvert.reconciler.desired.TunnelDevice;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.FelixConfiguration.NatOutgoingExclusions;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The kernel objects of a node other than routes, which do not depend on blocks. Immutable. */
record NodeObjects(Optional<TunnelDevice> tunnel, Optional<Ruleset> ruleset, Map<String, Integer> sysctls) {

    static NodeObjects of(Snapshot snapshot, Cluster cluster, LocalNode local) {
        Optional<TunnelDevice> tunnel = tunnel(snapshot, local);
        return new NodeObjects(
                tunnel, ruleset(snapshot, cluster, local, tunnel.isPresent()), sysctls(snapshot, tunnel));
    }

    private static Optional<TunnelDevice> tunnel(Snapshot snapshot, LocalNode local) {
        if (!snapshot.felixFor(local.name()).tunnelAllowed()
                || snapshot.pools().values().stream().noneMatch(IpPool::tunnelled)) {
            return Optional.empty();
        }
        @Nullable Node self = snapshot.nodes().get(local.name());
        Optional<Address> named = self == null ? Optional.empty() : self.tunnelAddress();
        Optional<Address> address = named.or(local::assignedTunnelAddress);
        return Optional.of(
                new TunnelDevice(local.tunnelDevice(), local.address().address(), local.tunnelMtu(), address));
    }

    private static Optional<Ruleset> ruleset(
            Snapshot snapshot, Cluster cluster, LocalNode local, boolean tunnelFiltered) {
        if (snapshot.pools().isEmpty()) {
            return Optional.empty();
        }
        SortedSet<Prefix> all = new TreeSet<>();
        SortedSet<Prefix> nat = new TreeSet<>();
        for (IpPool pool : snapshot.pools().values()) {
            all.add(pool.cidr());
            if (pool.natOutgoing() && pool.routed()) {
                nat.add(pool.cidr());
            }
        }
        FelixConfiguration felix = snapshot.felixFor(local.name());
        boolean sourcesExempt =
                felix.natOutgoingExclusions().equals(Optional.of(NatOutgoingExclusions.IP_POOLS_AND_HOST_IPS));
        return Optional.of(new Ruleset(
                all, nat, tunnelSources(felix, cluster, local), sourcesExempt, tunnelFiltered, new TreeSet<>()));
    }

    private static SortedSet<Prefix> tunnelSources(FelixConfiguration felix, Cluster cluster, LocalNode local) {
        Prefix own = Prefix.host(local.address().address());
        if (felix.externalNodes().isEmpty() && cluster.nodeAddresses().contains(own)) {
            return cluster.nodeAddresses();
        }
        SortedSet<Prefix> sources = new TreeSet<>(cluster.nodeAddresses());
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

    private static Map<String, Integer> sysctls(Snapshot snapshot, Optional<TunnelDevice> tunnel) {
        if (snapshot.pools().isEmpty()) {
            return Map.of();
        }
        Map<String, Integer> sysctls = new HashMap<>();
        sysctls.put("net/ipv4/ip_forward", 1);
        tunnel.map(device -> "net/ipv4/conf/" + device.name()).ifPresent(device -> {
            sysctls.put(device + "/rp_filter", 2);
            // A new device takes over conf/default, which a hardened host sets to 0.
            sysctls.put(device + "/forwarding", 1);
        });
        return sysctls;
    }
}
