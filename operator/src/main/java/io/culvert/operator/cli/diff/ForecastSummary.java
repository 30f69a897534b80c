package io.culvert.operator.cli.diff;

import io.culvert.operator.cli.diff.ClusterForecast.NodeForecast;
import io.culvert.reconciler.desired.DesiredDiff;
import io.culvert.reconciler.desired.DesiredDiff.Forwarding;
import io.culvert.reconciler.desired.DesiredDiff.RouteStep;
import io.culvert.reconciler.desired.TunnelDevice;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.kernel.Ruleset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Counts what happens to all nodes and says it in one sentence. Not for more than one thread. */
final class ForecastSummary {

    private int nodes;
    private int nodesChanged;
    private int nextHopsMoved;
    private int routesMoved;
    private int routesRedirected;
    private int routesAdded;
    private int routesLost;
    private int devicesMade;
    private int devicesRemoved;
    private int devicesChanged;
    private int natChanged;
    private int filterChanged;

    void add(NodeForecast forecast) {
        DesiredDiff diff = forecast.diff();
        nodes++;
        nodesChanged += diff.isEmpty() ? 0 : 1;
        nextHopsMoved += moved(diff);
        diff.routes().forEach(this::add);
        Optional<TunnelDevice> before = diff.tunnel().before();
        Optional<TunnelDevice> after = diff.tunnel().after();
        devicesMade += before.isEmpty() && after.isPresent() ? 1 : 0;
        devicesRemoved += before.isPresent() && after.isEmpty() ? 1 : 0;
        devicesChanged += before.isPresent() && after.isPresent() && !before.equals(after) ? 1 : 0;
        natChanged += nat(diff.ruleset().before()).equals(nat(diff.ruleset().after())) ? 0 : 1;
        filterChanged +=
                filter(diff.ruleset().before()).equals(filter(diff.ruleset().after())) ? 0 : 1;
    }

    int nodesChanged() {
        return nodesChanged;
    }

    /** Peers that are reached by another device than before. */
    private static int moved(DesiredDiff diff) {
        Set<Object> gone = new HashSet<>();
        diff.goneNextHops().stream().map(Via::peer).forEach(gone::add);
        return (int) diff.newNextHops().stream()
                .map(Via::peer)
                .filter(gone::contains)
                .count();
    }

    private void add(RouteStep step) {
        if (step.before() == Forwarding.Plain.NONE) {
            routesAdded++;
        } else if (step.after() == Forwarding.Plain.NONE) {
            routesLost++;
        } else if (step.changesDevice()) {
            routesMoved++;
        } else {
            routesRedirected++;
        }
    }

    private static List<Object> nat(Optional<Ruleset> ruleset) {
        if (ruleset.isEmpty() || ruleset.get().natPools().isEmpty()) {
            return List.of();
        }
        Ruleset rules = ruleset.get();
        SortedSet<?> exempt = rules.sourcesExempt() ? rules.tunnelSources() : new TreeSet<>();
        return List.of(rules.natPools(), rules.pools(), exempt);
    }

    private static List<Object> filter(Optional<Ruleset> ruleset) {
        return ruleset.filter(Ruleset::tunnelFiltered)
                .map(rules -> List.<Object>of(rules.tunnelSources()))
                .orElse(List.of());
    }

    /** {@code 3 nodes: 4 next hops and 12 routes change device, none is lost; NAT unchanged}. */
    String sentence() {
        if (nodes == 0) {
            return "no node is registered, so no kernel changes";
        }
        if (nodesChanged == 0) {
            return count(nodes, "node") + ": no kernel changes";
        }
        String of = nodesChanged == nodes ? "" : " of " + nodes;
        List<String> parts = new ArrayList<>();
        parts.add(count(nodesChanged, "node") + of + ": " + String.join(", ", routing()));
        parts.add(natChanged == 0 ? "NAT unchanged" : "NAT changes on " + count(natChanged, "node"));
        if (filterChanged > 0) {
            parts.add("the tunnel filter changes on " + count(filterChanged, "node"));
        }
        return String.join("; ", parts);
    }

    private List<String> routing() {
        List<String> parts = new ArrayList<>();
        if (routesMoved > 0) {
            String nextHops = nextHopsMoved == 0 ? "" : count(nextHopsMoved, "next hop") + " and ";
            String verb = nextHopsMoved == 0 && routesMoved == 1 ? " changes device" : " change device";
            parts.add(nextHops + count(routesMoved, "route") + verb);
        }
        say(parts, routesRedirected, "route", " goes to another peer address", " go to another peer address");
        say(parts, routesAdded, "route", " is added", " are added");
        if (routesLost > 0) {
            parts.add(count(routesLost, "route") + (routesLost == 1 ? " is LOST" : " are LOST"));
        } else {
            parts.add(routesMoved + routesRedirected + routesAdded == 0 ? "no route changes" : "none is lost");
        }
        say(parts, devicesMade, "tunnel device", " is made", " are made");
        say(parts, devicesChanged, "tunnel device", " is changed", " are changed");
        say(parts, devicesRemoved, "tunnel device", " is removed", " are removed");
        return parts;
    }

    private static void say(List<String> parts, int number, String noun, String one, String many) {
        if (number > 0) {
            parts.add(count(number, noun) + (number == 1 ? one : many));
        }
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
