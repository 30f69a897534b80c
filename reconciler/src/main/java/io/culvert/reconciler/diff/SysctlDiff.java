package io.culvert.reconciler.diff;

import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.node.Devices;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Sysctls: desired against actual. */
public final class SysctlDiff {

    private SysctlDiff() {}

    /** The changes; the tunnel device's own sysctls only while a device of that name is ours. */
    public static List<Change.SetSysctl> of(DesiredState desired, Devices devices, Sysctls actual) {
        return desired.sysctls().entrySet().stream()
                .filter(sysctl ->
                        !sysctl.getKey().contains("/conf/") || devices.tunnel().isPresent())
                .sorted(Map.Entry.comparingByKey())
                .filter(sysctl -> !actual.read(sysctl.getKey()).equals(OptionalInt.of(sysctl.getValue())))
                .map(sysctl -> new Change.SetSysctl(sysctl.getKey(), sysctl.getValue()))
                .toList();
    }
}
