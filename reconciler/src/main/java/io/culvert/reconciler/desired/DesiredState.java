package io.culvert.reconciler.desired;

import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Address;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a node's kernel should hold.
 *
 * @param tunnel present while some pool, disabled ones too, has mode Always or CrossSubnet
 * @param ruleset table {@code ip culvert}; empty while there is no pool
 * @param unreadyPeers node addresses of peers that are to be reached by tunnel and have no tunnel address, which is the last
 *     thing a node gets: they may not be able to receive from it yet
 * @param sysctls values by name as below {@code /proc/sys}
 * @param unrouted what gets no route on purpose, sorted by prefix
 */
public record DesiredState(
        Optional<TunnelDevice> tunnel,
        DesiredRoutes routes,
        Optional<Ruleset> ruleset,
        Set<Address> unreadyPeers,
        Map<String, Integer> sysctls,
        List<Unrouted> unrouted) {

    /** Nothing at all: what is left of Culvert after a clean-up. */
    public static final DesiredState EMPTY =
            new DesiredState(Optional.empty(), DesiredRoutes.EMPTY, Optional.empty(), Set.of(), Map.of(), List.of());

    public DesiredState {
        unreadyPeers = Set.copyOf(unreadyPeers);
        sysctls = Map.copyOf(sysctls);
        unrouted = List.copyOf(unrouted);
    }
}
