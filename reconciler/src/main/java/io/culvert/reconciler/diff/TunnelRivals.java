package io.culvert.reconciler.diff;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.node.Devices;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ipip devices of others that receive packets of our peers instead of our tunnel: those with a peer as their remote, or bound to a
 * device. They are left alone, filtered like our tunnel, and named.
 */
public final class TunnelRivals {

    private static final String PUNCTUATION_IN_NAMES = "_.:@-";

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
        return devices.otherTunnels().stream()
                .filter(link -> isPlain(link.name()))
                .filter(link -> takesFromPeers(link.ipip().orElseThrow(), ruleset));
    }

    /** Whether nft(8) reads the name as it is: without a wildcard or the end of a string. */
    private static boolean isPlain(String name) {
        return name.chars()
                .allMatch(sign ->
                        sign < 128 && Character.isLetterOrDigit(sign) || PUNCTUATION_IN_NAMES.indexOf(sign) >= 0);
    }

    private static boolean takesFromPeers(Link.Ipip ipip, Ruleset ruleset) {
        return ipip.toAnyPeer() || ruleset.tunnelSources().stream().anyMatch(source -> source.contains(ipip.remote()));
    }

    private static String warning(Link rival, Sysctls actual) {
        Link.Ipip ipip = rival.ipip().orElseThrow();
        String loss =
                HostSysctls.isStrict(rival.name(), actual) ? " and drops them, because rp_filter is strict there" : "";
        String from = ipip.toAnyPeer() ? "any" : ipip.remote().toString();
        return rival.name() + " (ipip, local " + ipip.local() + ", remote " + from
                + ") receives tunnel packets of peers instead of Culvert's device" + loss
                + "; remove it with 'ip link del "
                + rival.name() + "', or give it another local address";
    }
}
