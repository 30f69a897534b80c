package io.culvert.reconciler.node;

import io.culvert.reconciler.resource.FelixConfiguration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * By which origin marks ({@code rtm_protocol}) routes and next hops are ours.
 *
 * @param current what new ones are marked with, 1 to 255
 * @param own the current one and those used before, whose objects are moved to the current one
 */
public record RouteProtocols(int current, Set<Integer> own) {

    /** Culvert's own mark. */
    public static final int DEFAULT = 90;

    /** Where Calico means its own mark. */
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
     * What a node uses that was told the settings and reads the configuration: a mark it was told, or the configuration's
     * unless that is somebody else's, or {@link #DEFAULT}.
     */
    public static int inUse(OptionalInt told, FelixConfiguration felix) {
        return told.orElseGet(() -> felix.deviceRouteProtocol().stream()
                .filter(mark -> !TAKEN.contains(mark))
                .findFirst()
                .orElse(DEFAULT));
    }

    /** The same after a change of the mark in use. */
    public RouteProtocols using(int mark) {
        return mark == current ? this : new RouteProtocols(mark, own);
    }

    /** Whether an object with that mark is ours. */
    public boolean owns(int mark) {
        return mark == current || own.contains(mark);
    }

    /** What people should know about the choice. */
    public static List<String> warnings(OptionalInt told, FelixConfiguration felix) {
        OptionalInt asked = felix.deviceRouteProtocol();
        if (told.isPresent()
                || asked.isEmpty()
                || asked.getAsInt() == FELIX_DEFAULT
                || !TAKEN.contains(asked.getAsInt())) {
            return List.of();
        }
        return List.of("FelixConfiguration asks for deviceRouteProtocol " + asked.getAsInt()
                + ", which marks the routes of others (rtnetlink.h), so " + DEFAULT
                + " is used; choose a free one, or insist on it with --route-protocol");
    }
}
