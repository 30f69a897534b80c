package io.culvert.reconciler.desired;

import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What lies between two wishes for one node: what its kernel will be told when the datastore goes from the one to the other.
 *
 * @param tunnel the device
 * @param goneNextHops next hops that no route needs any more
 * @param newNextHops next hops that some route needs now
 * @param routes those that come, go or change, sorted by prefix
 * @param ruleset table {@code ip culvert}
 * @param newSysctls those that are set to another value; none is given back before a clean-up
 */
public record DesiredDiff(
        Step<TunnelDevice> tunnel,
        SortedSet<Via> goneNextHops,
        SortedSet<Via> newNextHops,
        List<RouteStep> routes,
        Step<Ruleset> ruleset,
        SortedMap<String, Integer> newSysctls) {

    /**
     * From one thing to another, either of which may be nothing.
     *
     * @param <T> sort of thing
     */
    public record Step<T>(Optional<T> before, Optional<T> after) {

        /** Whether anything changes. */
        public boolean isNone() {
            return before.equals(after);
        }
    }

    /** What becomes of one prefix. */
    public record RouteStep(Prefix prefix, Forwarding before, Forwarding after) {

        /** Whether the same peer is reached by another device. */
        public boolean changesDevice() {
            return before instanceof Forwarding.To from
                    && after instanceof Forwarding.To to
                    && from.via().peer().equals(to.via().peer());
        }
    }

    /** Where packets to a prefix go. */
    public sealed interface Forwarding {

        /** To a peer. */
        record To(Via via) implements Forwarding {}

        /** Nowhere special. */
        enum Plain implements Forwarding {
            /** There is no route. */
            NONE,
            /** The route says that there is nobody. */
            BLACKHOLE
        }
    }

    public DesiredDiff {
        routes = List.copyOf(routes);
    }

    /** Compares. Pure; one pass over the routes of both. */
    public static DesiredDiff between(DesiredState before, DesiredState after) {
        SortedSet<Via> gone = new TreeSet<>(before.routes().vias());
        SortedSet<Via> added = new TreeSet<>(after.routes().vias());
        gone.removeAll(new HashSet<>(after.routes().vias()));
        added.removeAll(new HashSet<>(before.routes().vias()));
        return new DesiredDiff(
                new Step<>(before.tunnel(), after.tunnel()),
                gone,
                added,
                routes(before.routes(), after.routes()),
                new Step<>(before.ruleset(), after.ruleset()),
                newSysctls(before, after));
    }

    private static SortedMap<String, Integer> newSysctls(DesiredState before, DesiredState after) {
        SortedMap<String, Integer> changed = new TreeMap<>(after.sysctls());
        changed.entrySet().removeAll(before.sysctls().entrySet());
        return changed;
    }

    /** Whether the kernel is told nothing. */
    public boolean isEmpty() {
        return tunnel.isNone()
                && goneNextHops.isEmpty()
                && newNextHops.isEmpty()
                && routes.isEmpty()
                && ruleset.isNone()
                && newSysctls.isEmpty();
    }

    private static List<RouteStep> routes(DesiredRoutes before, DesiredRoutes after) {
        List<RouteStep> steps = new ArrayList<>();
        int old = 0;
        int young = 0;
        while (old < before.size() || young < after.size()) {
            long oldKey = old < before.size() ? before.key(old) : Long.MAX_VALUE;
            long youngKey = young < after.size() ? after.key(young) : Long.MAX_VALUE;
            long key = Math.min(oldKey, youngKey);
            boolean wasThere = oldKey == key;
            boolean willBe = youngKey == key;
            @Nullable Via from = wasThere ? before.via(old) : null;
            @Nullable Via to = willBe ? after.via(young) : null;
            if (wasThere != willBe || !Objects.equals(from, to)) {
                steps.add(new RouteStep(Prefix.ofKey(key), way(wasThere, from), way(willBe, to)));
            }
            old += wasThere ? 1 : 0;
            young += willBe ? 1 : 0;
        }
        return steps;
    }

    private static Forwarding way(boolean there, @Nullable Via via) {
        if (!there) {
            return Forwarding.Plain.NONE;
        }
        return via == null ? Forwarding.Plain.BLACKHOLE : new Forwarding.To(via);
    }
}
