package io.culvert.reconciler.model;

import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.FakeKernel.Route;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.reconcile.Report;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Compares the kernel at the end of a story with a fresh one that got only the last snapshot. Ids depend on the path and mean nothing. */
final class Comparison {

    private static final Address NODE_ADDRESS = Address.parse("10.0.1.11");

    private final Model model;
    private final Sight actual;
    private final Model.Fresh fresh;
    private Optional<List<Obstacle>> obstacles = Optional.empty();
    private Predicate<Map.Entry<Prefix, String>> compared;
    private boolean tunnelToo;
    private boolean filterToo;

    Comparison(Model model, Sight actual, Model.Fresh fresh) {
        this.model = model;
        this.actual = actual;
        this.fresh = fresh;
        Set<String> blocked = subjects(fresh.obstacles());
        // An object with an obstacle stays as it is.
        this.compared = route -> !blocked.contains("route " + route.getKey());
        // Routes that are not ours or that cannot be moved keep the device that they go through.
        boolean deviceKept = fresh.sight().tunnel().isEmpty() && throughTunnel(actual);
        this.tunnelToo = !deviceKept;
        this.filterToo = !deviceKept;
    }

    private static boolean throughTunnel(Sight sight) {
        int tunnel = sight.tunnel().map(Link::index).orElse(-1);
        return sight.routes().stream().anyMatch(route -> route.device() == tunnel);
    }

    private static Set<String> subjects(List<Obstacle> obstacles) {
        return obstacles.stream()
                .map(obstacle -> obstacle.failureClass() + " " + obstacle.subject())
                .filter(subject -> !subject.startsWith("CONFLICT nexthop"))
                .map(subject -> subject.substring(subject.indexOf(' ') + 1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Everything is compared, and the obstacles that are named too. */
    Comparison atRest(List<Obstacle> named) {
        obstacles = Optional.of(named);
        return this;
    }

    /** Limits the comparison to what has no obstacle. Nothing is deleted while the brake holds. */
    Comparison besides(Report report) {
        Set<String> blocked = report.obstacles().stream().map(Obstacle::subject).collect(Collectors.toSet());
        Set<Prefix> wanted = destinations(fresh.sight()).keySet();
        Predicate<Map.Entry<Prefix, String>> before = compared;
        compared = route -> before.test(route)
                && !blocked.contains("route " + route.getKey())
                && (wanted.contains(route.getKey()) || !report.awaitsConfirmation());
        tunnelToo &=
                blocked.stream().noneMatch(subject -> subject.startsWith("link ") || subject.startsWith("address "));
        tunnelToo &= !report.awaitsConfirmation();
        filterToo &= tunnelToo && !blocked.contains("table ip culvert");
        return this;
    }

    /** What does not need the object whose changes all fail. */
    Comparison unrelatedTo(String subject) {
        Predicate<Map.Entry<Prefix, String>> before = compared;
        String object = subject.substring(subject.indexOf(' ') + 1);
        String peer = subject.startsWith("nexthop via ") ? subject.substring("nexthop via ".length()) : "none";
        boolean tunnel = subject.startsWith("link ") || subject.equals("address");
        compared = route -> before.test(route)
                && !route.getKey().toString().equals(object)
                && !route.getValue().startsWith(peer + " ")
                && !(tunnel && route.getValue().endsWith(" " + Sight.TUNNEL));
        tunnelToo &= !tunnel;
        filterToo &= !subject.startsWith("table ") && !tunnel;
        return this;
    }

    void check(String law) {
        Map<Prefix, String> here = destinations(actual);
        Map<Prefix, String> there = destinations(fresh.sight());
        for (Map.Entry<Prefix, String> route : there.entrySet()) {
            if (compared.test(route) && !route.getValue().equals(here.get(route.getKey()))) {
                fail(law, "route " + route.getKey(), here.get(route.getKey()), route.getValue());
            }
        }
        for (Map.Entry<Prefix, String> route : here.entrySet()) {
            if (compared.test(route) && !there.containsKey(route.getKey())) {
                fail(law, "route " + route.getKey(), route.getValue(), "nothing");
            }
        }
        if (tunnelToo && !tunnel(actual).equals(tunnel(fresh.sight()))) {
            fail(law, "tunnel", tunnel(actual), tunnel(fresh.sight()));
        }
        if (filterToo && !filter(model.filter()).equals(filter(fresh.filter()))) {
            fail(law, "filter", filter(model.filter()), filter(fresh.filter()));
        }
        obstacles.ifPresent(named -> checkObstacles(law, named));
    }

    private void checkObstacles(String law, List<Obstacle> named) {
        if (tunnelToo && !subjects(named).equals(subjects(fresh.obstacles()))) {
            fail(law, "obstacles", named, fresh.obstacles());
        }
        Set<Integer> lent = actual.foreignRoutes().stream().map(Route::nextHop).collect(Collectors.toSet());
        Set<String> expected = nextHops(fresh.sight(), Set.of());
        boolean asExpected =
                nextHops(actual, Set.of()).containsAll(expected) && expected.containsAll(nextHops(actual, lent));
        if (fresh.obstacles().isEmpty() && !asExpected) {
            fail(law, "next hops", nextHops(actual, Set.of()), expected);
        }
    }

    private void fail(String law, String what, Object actually, Object expected) {
        throw new LawBroken(law + ": " + what + ": there is " + actually
                + ", and a fresh agent on a fresh kernel would have " + expected);
    }

    private static Map<Prefix, String> destinations(Sight sight) {
        Map<Prefix, String> destinations = new TreeMap<>();
        for (Route route : sight.ownRoutes()) {
            String device =
                    sight.links().indexed(route.device()).map(Link::name).orElse("nowhere");
            String metric = route.metric() == 0 ? "" : " metric " + Integer.toUnsignedString(route.metric());
            destinations.merge(
                    route.prefix(),
                    route.gateway().map(Address::toString).orElse("blackhole") + metric + " proto " + route.protocol()
                            + " dev " + device,
                    (one, other) -> one + " and " + other);
        }
        return destinations;
    }

    /** Its index depends on the path; and so does its MTU where there is no underlay to derive it from. */
    private static String tunnel(Sight sight) {
        boolean underlay = sight.links().carrying(NODE_ADDRESS).isPresent();
        return sight.tunnel()
                .map(link -> link.ipip()
                        + (underlay ? " mtu " + link.mtu() : "")
                        + (link.up() ? " up " : " down ")
                        + link.addresses())
                .orElse("none");
    }

    private static String filter(FilterState state) {
        return state.ruleset() + " " + state.deviations();
    }

    /** Where they lead; but for some, such as those that are kept because foreign routes use them. */
    private static Set<String> nextHops(Sight sight, Set<Integer> excepted) {
        return sight.ownNextHops().stream()
                .filter(nextHop -> !excepted.contains(nextHop.id()))
                .map(nextHop -> nextHop.gateway().map(Address::toString).orElse("-") + " "
                        + sight.links()
                                .indexed(nextHop.device())
                                .map(Link::name)
                                .orElse("nowhere"))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
