package io.culvert.operator.ipam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.etcd.Stored;
import io.culvert.operator.ipam.check.Finding;
import io.culvert.operator.ipam.check.IpamCheck;
import io.culvert.operator.ipam.check.IpamStore;
import io.culvert.operator.ipam.check.Rule;
import io.culvert.operator.snapshot.SnapshotAssembler;
import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.resolve.Resolver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No route follows from what contradicts itself. */
class InconsistentIpamTest {

    private static final LocalNode LOCAL =
            new LocalNode("n1", InterfaceAddress.parse("10.0.0.1/24"), "culvert0", 1480, Optional.empty(), Set.of());
    private static final String SECOND = "192.168.0.8/29";

    @Test
    void a_consistent_block_is_routed() {
        assertThat(routesOnN1(IpamStore.consistent())).containsExactly(SECOND);
    }

    @Test
    void an_owner_without_a_confirmed_claim_gets_no_route() {
        assertThat(routesOnN1(IpamStore.consistent().remove(IpamStore.AFFINITY_2)))
                .isEmpty();
        assertThat(routesOnN1(IpamStore.consistent().put(IpamStore.AFFINITY_2, "{\"state\":\"pendingDeletion\"}")))
                .isEmpty();
    }

    @Test
    void a_claim_on_anothers_block_moves_no_route() {
        IpamStore store =
                IpamStore.consistent().put(IpamStore.AFFINITY_2.replace("/n2/", "/n1/"), "{\"state\":\"confirmed\"}");
        assertThat(routesOnN1(store)).containsExactly(SECOND);
        assertThat(routesOnN1(store.remove(IpamStore.AFFINITY_2))).isEmpty();
    }

    @Test
    void a_block_in_no_pool_and_a_block_of_an_unknown_node_get_none() {
        assertThat(routesOnN1(IpamStore.consistent().remove(IpamStore.POOL))).isEmpty();
        assertThat(routesOnN1(IpamStore.consistent().remove(IpamStore.NODE_2))).isEmpty();
    }

    @Test
    void an_index_behind_the_attributes_makes_the_block_count_for_nothing() {
        assertThat(routesOnN1(IpamStore.consistent().edit(IpamStore.BLOCK_2, "[0,null", "[9,null")))
                .isEmpty();
    }

    /** What became of 1767323047000000001 in the hands of a tool that counts with doubles, and worse. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1767323047000000000",
                "1.767323047e18",
                "9007199254740993",
                "18446744073709551616",
                "-1767323047000000001",
                "\"1767323047000000001\"",
                "null",
                "1e400"
            })
    void a_sequence_number_that_cannot_be_right_moves_no_route_and_the_check_names_it(String number) {
        IpamStore store = IpamStore.consistent()
                .edit(IpamStore.BLOCK_2, "\"sequenceNumber\":1767323047000000001", "\"sequenceNumber\":" + number);

        assertThat(allRoutesOnN1(store)).isEqualTo(allRoutesOnN1(IpamStore.consistent()));
        assertThat(IpamCheck.check(store.picture())).singleElement().satisfies(finding -> {
            assertThat(finding.rule()).isEqualTo(Rule.SEQUENCE_NUMBER);
            assertThat(finding.key()).isEqualTo(IpamStore.BLOCK_2);
            assertThat(finding.what()).contains("sequenceNumber");
        });
    }

    /**
     * It is unknown which of two owners that both claim an address is right. The kernel's rule decides, as with Calico: the
     * block inside the other one gets what is sent to it, and nothing else of the outer one does.
     */
    @Test
    void of_blocks_that_overlap_each_gets_its_own_route_and_the_check_names_them() {
        IpamStore store = IpamStore.consistent();
        inside(store, "192.168.0.12-30", "n3");
        inside(store, "192.168.0.4-30", "n2");
        store.put(
                IpamStore.NODE_1.replace("n1", "n3"),
                "{\"kind\":\"Node\",\"metadata\":{\"name\":\"n3\"},\"spec\":{\"bgp\":{\"ipv4Address\":\"10.0.0.3/24\"}}}");

        assertThat(allRoutesOnN1(store))
                .containsExactly(
                        "192.168.0.0/29 blackhole",
                        "192.168.0.4/30 10.0.0.2",
                        "192.168.0.8/29 10.0.0.2",
                        "192.168.0.12/30 10.0.0.3");
        assertThat(IpamCheck.check(store.picture()).stream()
                        .filter(finding -> finding.rule() == Rule.OVERLAPPING_BLOCKS)
                        .map(Finding::what))
                .satisfiesExactlyInAnyOrder(
                        what -> assertThat(what).startsWith("block 192.168.0.4/30 lies inside block 192.168.0.0/29"),
                        what -> assertThat(what).startsWith("block 192.168.0.12/30 lies inside block 192.168.0.8/29"));
    }

    private static void inside(IpamStore store, String block, String owner) {
        store.put(
                        "/calico/ipam/v2/assignment/ipv4/block/" + block,
                        "{\"cidr\":\"" + block.replace('-', '/') + "\",\"affinity\":\"host:" + owner
                                + "\",\"allocations\":[null,null,null,null],\"unallocated\":[0,1,2,3],\"attributes\":[],"
                                + "\"sequenceNumber\":1}")
                .put("/calico/ipam/v2/host/" + owner + "/ipv4/block/" + block, "{\"state\":\"confirmed\"}");
    }

    private static List<String> allRoutesOnN1(IpamStore store) {
        DesiredRoutes desired = desiredOnN1(store);
        return IntStream.range(0, desired.size())
                .mapToObj(row -> {
                    Via via = desired.via(row);
                    return desired.prefix(row) + " " + (via == null ? "blackhole" : via.peer());
                })
                .toList();
    }

    private static DesiredRoutes desiredOnN1(IpamStore store) {
        SnapshotAssembler assembler = new SnapshotAssembler();
        store.values().forEach((key, value) -> assembler.put(new Stored(key, value.getBytes(UTF_8), 1, 1, 1)));
        return Resolver.resolve(assembler.snapshot(1), LOCAL).routes();
    }

    private static List<String> routesOnN1(IpamStore store) {
        DesiredRoutes desired = desiredOnN1(store);
        List<String> routes = new ArrayList<>();
        for (int row = 0; row < desired.size(); row++) {
            if (desired.via(row) != null) {
                routes.add(desired.prefix(row).toString());
            }
        }
        return routes;
    }
}
