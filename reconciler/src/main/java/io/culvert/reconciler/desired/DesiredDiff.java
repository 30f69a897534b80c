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
 * What changes in a node's kernel when the datastore goes from one state to another.
 *
 * @param tunnel the device
 * @param goneNextHops next hops that no route needs after
 * @param newNextHops next hops that some route needs only after
 * @param routes those added, removed or changed, sorted by prefix
 * @param ruleset table {@code ip culvert}
 * @param newSysctls those set to another value; only a clean-up restores them
 */
public record DesiredDiff(
        Step<TunnelDevice> tunnel,
        SortedSet<Via> goneNextHops,
        SortedSet<Via> newNextHops,
        List<RouteStep> routes,
        Step<Ruleset> ruleset,
        SortedMap<String, Integer> newSysctls) {

    /**
     * The change of one object, which may be absent before or after.
     *
     * @param <T> type of the object
     */
    public record Step<T>(Optional<T> before, Optional<T> after) {

        /** Whether nothing changes. */
        public boolean isNone() {
            return before.equals(after);
        }
    }

    /** The change of one prefix. */
    public record RouteStep(Prefix prefix, Forwarding before, Forwarding after) {

        /** Whether it leads to the same peer through another device. */
        public boolean changesDevice() {
            return before instanceof Forwarding.To from
                    && after instanceof Forwarding.To to
                    && from.via().peer().equals(to.via().peer());
        }
    }

    /** How packets to a prefix are forwarded. */
    public sealed interface Forwarding {

        /** To a peer. */
        record To(Via via) implements Forwarding {}

        /** Not to a peer. */
        enum Plain implements Forwarding {
            /** No route. */
            NONE,
            /** A blackhole route. */
            BLACKHOLE
        }
    }

    public DesiredDiff {
        routes = List.copyOf(routes);
    }

    /** Compares two states. Pure; one pass over the routes of both. */
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

    /** Whether nothing changes in the kernel. */
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
        int earlier = 0;
        int later = 0;
        while (earlier < before.size() || later < after.size()) {
            long earlierKey = earlier < before.size() ? before.key(earlier) : Long.MAX_VALUE;
            long laterKey = later < after.size() ? after.key(later) : Long.MAX_VALUE;
            long key = Math.min(earlierKey, laterKey);
            boolean wasThere = earlierKey == key;
            boolean willBe = laterKey == key;
            @Nullable Via from = wasThere ? before.via(earlier) : null;
            @Nullable Via to = willBe ? after.via(later) : null;
            if (wasThere != willBe || !Objects.equals(from, to)) {
                steps.add(new RouteStep(Prefix.ofKey(key), forwarding(wasThere, from), forwarding(willBe, to)));
            }
            earlier += wasThere ? 1 : 0;
            later += willBe ? 1 : 0;
        }
        return steps;
    }

    private static Forwarding forwarding(boolean there, @Nullable Via via) {
        if (!there) {
            return Forwarding.Plain.NONE;
        }
        return via == null ? Forwarding.Plain.BLACKHOLE : new Forwarding.To(via);
    }
}
