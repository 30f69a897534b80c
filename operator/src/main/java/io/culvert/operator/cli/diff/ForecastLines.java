package io.culvert.operator.cli.diff;

import io.culvert.reconciler.desired.DesiredDiff;
import io.culvert.reconciler.desired.DesiredDiff.Forwarding;
import io.culvert.reconciler.desired.DesiredDiff.RouteStep;
import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.TunnelDevice;
import io.culvert.reconciler.desired.Unrouted;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What one node's kernel loses ({@code -}) and gains ({@code +}), a line an object, written as {@code ip} shows it. Another
 * node's underlay device is not known here, so it is {@code <underlay>}. Pure; for one use.
 */
final class ForecastLines {

    private final String tunnelDevice;
    private final List<String> lines = new ArrayList<>();

    private ForecastLines(String tunnelDevice) {
        this.tunnelDevice = tunnelDevice;
    }

    /** @param unrouted what gets no route afterwards, to say why a route goes */
    static List<String> of(DesiredDiff diff, Collection<Unrouted> unrouted, String tunnelDevice) {
        ForecastLines forecast = new ForecastLines(tunnelDevice);
        if (diff.tunnel().after().isPresent()) {
            forecast.tunnel(diff.tunnel());
        }
        diff.newSysctls().forEach((name, value) -> forecast.lines.add("+ sysctl " + name + "=" + value));
        diff.newNextHops().forEach(via -> forecast.lines.add("+ nexthop " + forecast.text(via)));
        forecast.routes(diff.routes(), unrouted);
        diff.goneNextHops().forEach(via -> forecast.lines.add("- nexthop " + forecast.text(via)));
        forecast.ruleset(diff.ruleset().before(), diff.ruleset().after());
        if (diff.tunnel().after().isEmpty()) {
            forecast.tunnel(diff.tunnel());
        }
        return forecast.lines;
    }

    /** The address is told apart from the device: it can change alone. */
    private void tunnel(DesiredDiff.Step<TunnelDevice> device) {
        step(device, ForecastLines::link);
        step(new DesiredDiff.Step<>(address(device.before()), address(device.after())), text -> text);
    }

    private <T> void step(DesiredDiff.Step<T> step, Function<T, String> text) {
        Optional<String> before = step.before().map(text);
        Optional<String> after = step.after().map(text);
        if (!before.equals(after)) {
            before.ifPresent(old -> lines.add("- " + old));
            after.ifPresent(young -> lines.add("+ " + young));
        }
    }

    private static String link(TunnelDevice device) {
        return "link " + device.name() + " type ipip local " + device.local() + " mtu "
                + (device.mtu() == ClusterForecast.MTU_UNKNOWN ? "auto" : device.mtu());
    }

    private static Optional<String> address(Optional<TunnelDevice> device) {
        return device.flatMap(ipip -> ipip.address().map(address -> "address " + address + "/32 dev " + ipip.name()));
    }

    private void routes(List<RouteStep> steps, Collection<Unrouted> unrouted) {
        Map<Prefix, String> reasons = new HashMap<>();
        unrouted.forEach(one -> reasons.put(one.prefix(), one.reason()));
        for (RouteStep step : steps) {
            if (step.before() != Forwarding.Plain.NONE) {
                String reason = step.after() == Forwarding.Plain.NONE ? reasons.get(step.prefix()) : null;
                lines.add("- " + text(step.prefix(), step.before()) + (reason == null ? "" : "   # " + reason));
            }
            if (step.after() != Forwarding.Plain.NONE) {
                lines.add("+ " + text(step.prefix(), step.after()));
            }
        }
    }

    private String text(Prefix prefix, Forwarding way) {
        return way instanceof Forwarding.To to ? "route " + prefix + " " + text(to.via()) : "route blackhole " + prefix;
    }

    private String text(Via via) {
        Address peer = via.peer();
        return "via " + peer + " dev " + (via.encapsulation() == Encapsulation.IPIP ? tunnelDevice : "<underlay>");
    }

    private void ruleset(Optional<Ruleset> before, Optional<Ruleset> after) {
        step(
                new DesiredDiff.Step<>(before.map(any -> "table ip culvert"), after.map(any -> "table ip culvert")),
                text -> text);
        elements("pools", sets(before, Ruleset::pools), sets(after, Ruleset::pools));
        elements("nat_pools", sets(before, Ruleset::natPools), sets(after, Ruleset::natPools));
        elements("tunnel_sources", sets(before, Ruleset::tunnelSources), sets(after, Ruleset::tunnelSources));
        rule("drop protocol 4 from outside tunnel_sources", before, after, Ruleset::tunnelFiltered);
        rule("drop what the tunnel brings from outside pools", before, after, Ruleset::tunnelFiltered);
        rule("no masquerade to tunnel_sources", before, after, Ruleset::sourcesExempt);
    }

    private static SortedSet<Prefix> sets(Optional<Ruleset> ruleset, Function<Ruleset, SortedSet<Prefix>> set) {
        return ruleset.map(set).orElse(Collections.emptySortedSet());
    }

    private void elements(String set, SortedSet<Prefix> before, SortedSet<Prefix> after) {
        SortedSet<Prefix> gone = new TreeSet<>(before);
        gone.removeAll(after);
        SortedSet<Prefix> added = new TreeSet<>(after);
        added.removeAll(before);
        gone.forEach(prefix -> lines.add("- element " + set + " " + prefix));
        added.forEach(prefix -> lines.add("+ element " + set + " " + prefix));
    }

    private void rule(
            String text, Optional<Ruleset> before, Optional<Ruleset> after, Function<Ruleset, Boolean> present) {
        boolean was = before.map(present).orElse(false);
        boolean is = after.map(present).orElse(false);
        if (was != is) {
            lines.add((is ? "+ rule " : "- rule ") + text);
        }
    }
}
