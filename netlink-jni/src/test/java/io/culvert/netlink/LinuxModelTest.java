package io.culvert.netlink;

import io.culvert.reconciler.model.ModelCheck;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The laws against random stories on Linux. {@link ModelCheck} documents how to run more of them, or one. */
class LinuxModelTest {

    private static final long STEPS = 2000;

    @Test
    void lawsHoldAfterEveryStepWithoutTunnel() {
        System.out.println("model check on Linux: " + new ModelCheck(LinuxHost::new, List.of("Never")).run(STEPS));
    }

    @Test
    @Tag("ipip")
    void lawsHoldAfterEveryStepWithTunnel() {
        System.out.println("model check on Linux with a tunnel: "
                + new ModelCheck(LinuxHost::new, List.of("Always", "CrossSubnet", "Never")).run(STEPS));
    }
}
