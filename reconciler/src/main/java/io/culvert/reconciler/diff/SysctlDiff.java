package io.culvert.reconciler.diff;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.node.Devices;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Sysctls: what they should be against what they are. */
public final class SysctlDiff {

    private static final int STRICT = 1;

    private SysctlDiff() {}

    /** What is missing; the tunnel device's own sysctls only while a device of that name is ours. */
    public static List<Change.SetSysctl> of(DesiredState desired, Devices devices, Sysctls actual) {
        return desired.sysctls().entrySet().stream()
                .filter(wish ->
                        !wish.getKey().contains("/conf/") || devices.tunnel().isPresent())
                .sorted(Map.Entry.comparingByKey())
                .filter(wish -> !actual.read(wish.getKey()).equals(OptionalInt.of(wish.getValue())))
                .map(wish -> new Change.SetSysctl(wish.getKey(), wish.getValue()))
                .toList();
    }

    /** Risks that are the host's to decide: a strict reverse-path filter on the underlay. */
    public static List<String> warnings(DesiredState desired, Devices devices, Sysctls actual) {
        if (desired.tunnel().isEmpty()) {
            return List.of();
        }
        return devices.underlay()
                .filter(underlay -> reversePath(underlay.name(), actual) == STRICT)
                .map(underlay -> List.of("rp_filter is strict on " + underlay.name()
                        + ": packets are lost while a mode change reaches the nodes one by one; set net.ipv4.conf."
                        + underlay.name() + ".rp_filter=2"))
                .orElse(List.of());
    }

    /** The effective value: the kernel takes the greater of the two (kernel documentation, ip-sysctl, rp_filter). */
    private static int reversePath(String device, Sysctls actual) {
        return Math.max(
                actual.read("net/ipv4/conf/all/rp_filter").orElse(0),
                actual.read("net/ipv4/conf/" + device + "/rp_filter").orElse(0));
    }
}
