package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Somebody else takes the name of the tunnel device for a device of another kind. */
@InLab
@Order(11)
class ForeignDeviceTest {

    private final Lab lab;

    ForeignDeviceTest(Lab lab) {
        this.lab = lab;
    }

    @Test
    void itIsNamedAndLeftAloneAndOursIsBackWhenItGoes() {
        lab.withPool(Pool.ALWAYS);
        KernelPicture whole = lab.n1.picture();
        lab.n1.whileAgentIsFrozen(() -> {
            lab.n1.run("ip", "link", "del", "culvert0");
            lab.n1.run("ip", "link", "add", "culvert0", "mtu", "1300", "type", "bridge");
        });

        String conflict = "link culvert0: a foreign device has this name and is of kind bridge";
        Eventually.passes(() -> assertThat(lab.n1.http("/readyz").body())
                .startsWith("not ready")
                .contains(conflict));
        Eventually.passes(() -> assertThat(lab.culvert("status").out()).contains(conflict));
        assertThat(lab.n1.run("ip", "-o", "link", "show", "type", "bridge"))
                .contains("culvert0", "mtu 1300", "state DOWN");
        assertThat(lab.n1.run("ip", "-o", "address", "show", "dev", "culvert0")).isEmpty();

        lab.n1.run("ip", "link", "del", "culvert0");
        Eventually.passes(() -> assertThat(lab.n1.picture().lines()).containsExactlyElementsOf(whole.lines()));
        lab.everyWorkloadReachesEveryOther();
    }
}
