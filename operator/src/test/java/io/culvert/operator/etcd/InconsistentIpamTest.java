package io.culvert.operator.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.ipam.IpamStore;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.resolve.DesiredRoutes;
import io.culvert.reconciler.resolve.LocalNode;
import io.culvert.reconciler.resolve.Resolver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

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

    private static List<String> routesOnN1(IpamStore store) {
        SnapshotAssembler assembler = new SnapshotAssembler();
        store.values().forEach((key, value) -> assembler.put(new Stored(key, value.getBytes(UTF_8), 1, 1, 1)));
        DesiredRoutes desired = Resolver.resolve(assembler.snapshot(1), LOCAL).routes();
        List<String> routes = new ArrayList<>();
        for (int row = 0; row < desired.size(); row++) {
            if (desired.via(row) != null) {
                routes.add(desired.prefix(row).toString());
            }
        }
        return routes;
    }
}
