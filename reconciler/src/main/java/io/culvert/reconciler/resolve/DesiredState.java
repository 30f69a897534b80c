package io.culvert.reconciler.resolve;

import io.culvert.reconciler.kernel.Ruleset;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a node's kernel should hold.
 *
 * @param tunnel present while some pool, disabled ones too, has mode Always or CrossSubnet
 * @param ruleset table {@code ip culvert}; empty while there is no pool
 * @param sysctls values by name as below {@code /proc/sys}
 * @param unrouted what gets no route on purpose, sorted by prefix
 */
public record DesiredState(
        Optional<TunnelDevice> tunnel,
        DesiredRoutes routes,
        Optional<Ruleset> ruleset,
        Map<String, Integer> sysctls,
        List<Unrouted> unrouted) {

    /** Nothing at all: what is left of Culvert after a clean-up. */
    public static final DesiredState EMPTY =
            new DesiredState(Optional.empty(), DesiredRoutes.EMPTY, Optional.empty(), Map.of(), List.of());

    public DesiredState {
        sysctls = Map.copyOf(sysctls);
        unrouted = List.copyOf(unrouted);
    }
}
