package io.culvert.reconciler.node;

import io.culvert.reconciler.resource.FelixConfiguration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The origin marks ({@code rtm_protocol}) by which routes and next hops are ours.
 *
 * @param current the mark of new ones, 1 to 255
 * @param own the current one and those used before, whose objects are moved to the current one
 */
public record RouteProtocols(int current, Set<Integer> own) {

    /** Culvert's own mark. */
    public static final int DEFAULT = 90;

    /** The value that stands for Calico's own mark. */
    private static final int FELIX_DEFAULT = 3;

    /** {@code include/uapi/linux/rtnetlink.h}: kernel, administrator and well-known routing daemons. */
    private static final Set<Integer> TAKEN =
            Set.of(0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 42, 99, 186, 187, 188, 189, 192);

    public RouteProtocols {
        Set<Integer> all = new HashSet<>(own);
        all.add(current);
        own = Set.copyOf(all);
    }

    /**
     * The mark that a node uses: the configured one, else the FelixConfiguration's unless that belongs to others, else {@link
     * #DEFAULT}.
     */
    public static int inUse(OptionalInt configured, FelixConfiguration felix) {
        return configured.orElseGet(() -> felix.deviceRouteProtocol().stream()
                .filter(mark -> !TAKEN.contains(mark))
                .findFirst()
                .orElse(DEFAULT));
    }

    /** The same after a change of the current mark. */
    public RouteProtocols using(int mark) {
        return mark == current ? this : new RouteProtocols(mark, own);
    }

    /** Whether an object with that mark is ours. */
    public boolean owns(int mark) {
        return mark == current || own.contains(mark);
    }

    /** A warning if the FelixConfiguration asks for a mark that belongs to others. */
    public static List<String> warnings(OptionalInt configured, FelixConfiguration felix) {
        OptionalInt requested = felix.deviceRouteProtocol();
        if (configured.isPresent()
                || requested.isEmpty()
                || requested.getAsInt() == FELIX_DEFAULT
                || !TAKEN.contains(requested.getAsInt())) {
            return List.of();
        }
        return List.of("FelixConfiguration asks for deviceRouteProtocol " + requested.getAsInt()
                + ", which marks the routes of others (rtnetlink.h), so " + DEFAULT
                + " is used; choose a free one, or force it with --route-protocol");
    }
}
