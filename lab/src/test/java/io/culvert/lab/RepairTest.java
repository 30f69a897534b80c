package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a hand takes from the kernel comes back, without a restart. */
@InLab
@Order(7)
class RepairTest {

    /** What the hand does on n1; the words between braces are filled in. */
    enum Damage {
        ROUTE_REMOVED("ip route del {n3}"),
        BLACKHOLE_REMOVED("ip route del blackhole {n1}"),
        DEVICE_REMOVED("ip link del culvert0"),
        DEVICE_DOWN("ip link set culvert0 down"),
        ADDRESS_REMOVED("ip -4 address flush dev culvert0"),
        ADDRESS_ADDED("ip address add 192.168.77.7/32 dev culvert0"),
        MTU_CHANGED("ip link set culvert0 mtu 1400"),
        NFT_TABLE_REMOVED("nft delete table ip culvert"),
        NFT_TABLE_FLUSHED("nft flush table ip culvert"),
        NEXT_HOP_REMOVED("ip nexthop del id {nexthop}");

        private final String command;

        Damage(String command) {
            this.command = command;
        }

        private String[] words(Lab lab) {
            return command.replace("{n1}", lab.block(lab.n1))
                    .replace("{n3}", lab.block(lab.n3))
                    .replace("{nexthop}", nextHop(lab))
                    .split(" ");
        }

        private String nextHop(Lab lab) {
            String[] words =
                    lab.n1.run("ip", "nexthop", "show", "dev", "culvert0").split("\\s+");
            return words.length > 1 ? words[1] : "none";
        }
    }

    private final Lab lab;

    RepairTest(Lab lab) {
        this.lab = lab;
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void comesBack(Damage damage) {
        lab.withPool(Pool.ALWAYS);
        KernelPicture whole = lab.n1.picture();
        String[] hand = damage.words(lab);
        String agent = lab.n1.processId();

        lab.n1.whileAgentIsFrozen(() -> {
            lab.n1.run(hand);
            assertThat(lab.n1.picture().lines()).as("the damage").isNotEqualTo(whole.lines());
        });
        Duration took =
                Eventually.passes(() -> assertThat(lab.n1.picture().lines()).containsExactlyElementsOf(whole.lines()));

        System.out.printf("%s: whole again after at most %d ms%n", String.join(" ", hand), took.toMillis());
        lab.everyWorkloadReachesEveryOther();
        assertThat(lab.n1.processId()).as("the same process").isEqualTo(agent);
    }
}
