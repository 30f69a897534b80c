package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A pool that covers the nodes' own network, their gateways and etcd cuts nobody off. */
@InLab
@Order(12)
class GuardTest {

    private static final String POOL = "wide";
    private static final PaperNode N4 = new PaperNode("n4", "10.0.2.14/24");

    /** What lies in each: n1, n2 and their gateway; n3 and its gateway; etcd. */
    private static final List<String> GUARDED = List.of("10.0.1.0/26", "10.0.2.0/26", "10.0.3.0/26");

    /** The nodes, their gateways, etcd. */
    private static final List<String> NEEDED =
            List.of("10.0.1.11", "10.0.1.12", "10.0.2.13", "10.0.1.1", "10.0.2.1", "10.0.3.10");

    private static final String HARMLESS = "10.0.9.0/26";

    private final Lab lab;

    GuardTest(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void forgetThePool() {
        lab.etcd.change(
                Map.of(),
                Stream.concat(GUARDED.stream(), Stream.of(HARMLESS))
                        .flatMap(block -> Stream.of(N4.claimKey(block), PaperNode.blockKey(block)))
                        .toList());
        lab.etcd.change(Map.of(), List.of(N4.key(), Pool.PREFIX + POOL));
    }

    @Test
    void whatNodesNeedIsNotRoutedAndIsNamed() {
        lab.withPool(Pool.ALWAYS);
        List<String> blocks =
                Stream.concat(GUARDED.stream(), Stream.of(HARMLESS)).toList();
        Map<String, String> puts = N4.holding(blocks);
        puts.put(N4.key(), N4.json());
        puts.put(
                Pool.PREFIX + POOL,
                "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"wide\"},\"spec\":{\"cidr\":\"10.0.0.0/16\","
                        + "\"ipipMode\":\"Always\",\"natOutgoing\":true,\"nodeSelector\":\"!all()\"}}");

        List<Ping> pings = new ArrayList<>();
        try {
            for (LabNode node : lab.nodes) {
                NEEDED.stream()
                        .filter(address -> !address.equals(node.address))
                        .forEach(address -> pings.add(Ping.every10Millis(node.name, address)));
            }
            lab.converged(lab.etcd.change(puts, List.of()));
            pings.forEach(ping -> ping.awaitAnswers(20));
            assertThat(pings)
                    .allSatisfy(ping -> assertThat(ping.lost())
                            .as("lost of %d by %s", ping.sent(), ping)
                            .isZero());
        } finally {
            pings.forEach(Ping::close);
        }

        for (LabNode node : lab.nodes) {
            assertThat(node.route(HARMLESS)).as(node.name).contains("via 10.0.2.14 dev culvert0");
            for (String guarded : GUARDED) {
                assertThat(node.route(guarded)).as(node.name).isEmpty();
            }
        }
        lab.everyWorkloadReachesEveryOther();
        assertThat(lab.culvert("status").out())
                .contains("10.0.1.0/26", "covers 10.0.1.1,", "10.0.2.0/26", "covers 10.0.2.1", "covers 10.0.3.10,");
        assertThat(lab.etcd.put(Pool.ALWAYS.key(), Pool.ALWAYS.json())).satisfies(revision -> lab.converged(revision));
    }
}
