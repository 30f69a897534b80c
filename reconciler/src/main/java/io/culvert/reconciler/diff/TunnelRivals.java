package io.culvert.reconciler.diff;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.node.Devices;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ipip devices of others whose remote is a peer of ours: the kernel prefers them to a device with any remote, so they receive that
 * peer's packets instead of our tunnel. They are left alone, filtered like our tunnel, and named.
 */
public final class TunnelRivals {

    private TunnelRivals() {}

    /** The ruleset, with a filter for these devices too. */
    public static Ruleset filtered(Ruleset ruleset, Devices devices) {
        SortedSet<String> names = ruleset.tunnelFiltered()
                ? rivals(ruleset, devices).map(Link::name).collect(Collectors.toCollection(TreeSet::new))
                : new TreeSet<>();
        return ruleset.withOtherTunnels(names);
    }

    /** What they do, one line each. */
    public static List<String> warnings(DesiredState desired, Devices devices, Sysctls actual) {
        Optional<Ruleset> ruleset = desired.tunnel().isEmpty() ? Optional.empty() : desired.ruleset();
        return ruleset.stream()
                .flatMap(rules -> rivals(rules, devices))
                .map(rival -> warning(rival, actual))
                .toList();
    }

    private static Stream<Link> rivals(Ruleset ruleset, Devices devices) {
        return devices.otherTunnels().stream().filter(link -> ruleset.tunnelSources().stream()
                .anyMatch(source -> source.contains(remote(link))));
    }

    private static Address remote(Link link) {
        return link.ipip().orElseThrow().remote();
    }

    private static String warning(Link rival, Sysctls actual) {
        Link.Ipip ipip = rival.ipip().orElseThrow();
        String loss = HostSysctls.isStrict(rival.name(), actual)
                ? " and drops them, because rp_filter is strict there"
                : "";
        return rival.name() + " (ipip, local " + ipip.local() + ", remote " + ipip.remote()
                + ") belongs to another program and receives the tunnel packets of " + ipip.remote() + loss
                + "; remove it with 'ip link del " + rival.name() + "', or give it another local address";
    }
}
