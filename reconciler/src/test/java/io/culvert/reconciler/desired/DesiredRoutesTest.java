package io.culvert.reconciler.desired;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DesiredRoutesTest {

    private static final List<Via> VIAS = List.of(
            new Via(Address.parse("10.0.1.12"), Encapsulation.NONE),
            new Via(Address.parse("10.0.1.12"), Encapsulation.IPIP));
    private static final List<String> POOLS = List.of("web", "db");

    @Test
    void areSorted() {
        DesiredRoutes.Builder builder = new DesiredRoutes.Builder(POOLS, 0);
        builder.route(Prefix.parse("192.168.0.64/26"), 1, 0);
        builder.blackhole(Prefix.parse("10.0.0.0/26"), 1);
        builder.route(Prefix.parse("192.168.0.0/26"), 0, 0);

        DesiredRoutes routes = builder.build(VIAS);
        assertThat(routes.size()).isEqualTo(3);
        assertThat(routes.prefix(0)).hasToString("10.0.0.0/26");
        assertThat(routes.via(0)).isNull();
        assertThat(routes.poolNumber(0)).isEqualTo(1);
        assertThat(routes.via(1)).isEqualTo(VIAS.get(0));
        assertThat(routes.prefix(2)).hasToString("192.168.0.64/26");
        assertThat(routes.via(2)).isEqualTo(VIAS.get(1));
        assertThat(routes.poolNumber(2)).isZero();
    }

    @Test
    void holdAPrefixOnceAsAddedLast() {
        DesiredRoutes.Builder builder = new DesiredRoutes.Builder(POOLS, 0);
        Prefix prefix = Prefix.parse("192.168.0.5/32");
        builder.blackhole(prefix, 0);
        builder.route(Prefix.parse("192.168.0.0/26"), 0, 0);
        builder.route(prefix, 0, 0);
        builder.route(prefix, 1, 1);

        DesiredRoutes routes = builder.build(VIAS);
        assertThat(routes.size()).isEqualTo(2);
        assertThat(routes.viaNumber(1)).isEqualTo(1);
        assertThat(routes.poolNumber(1)).isEqualTo(1);
    }

    @Test
    void countEachPoolsRoutesAlsoWhenSomeAreReplaced() {
        Prefix moved = Prefix.parse("192.168.0.0/26");
        Prefix gone = Prefix.parse("192.168.0.64/26");
        Prefix added = Prefix.parse("192.168.0.128/26");
        DesiredRoutes.Builder first = new DesiredRoutes.Builder(POOLS, 0);
        first.route(moved, 0, 0);
        first.route(gone, 1, 0);
        first.blackhole(Prefix.parse("10.0.0.0/26"), 1);
        DesiredRoutes before = first.build(VIAS);
        DesiredRoutes.Builder second = new DesiredRoutes.Builder(POOLS, 0);
        second.route(moved, 0, 1);
        second.route(added, 1, 1);

        DesiredRoutes after = before.with(new long[] {moved.key(), gone.key(), added.key()}, second.build(VIAS));

        assertThat(before.sizes()).containsExactly(2, 1);
        assertThat(after.sizes()).containsExactly(0, 3);
    }

    @Test
    void takeManyRowsInAnyOrder() {
        int count = 100_000;
        DesiredRoutes.Builder builder = new DesiredRoutes.Builder(POOLS, 0);
        new Random(5)
                .ints(0, 1 << 26)
                .distinct()
                .limit(count)
                .forEach(network -> builder.route(new Prefix(network << 6, 26), network & 1, network >>> 1 & 1));

        DesiredRoutes routes = builder.build(VIAS);
        assertThat(routes.size()).isEqualTo(count);
        for (int row = 0; row < count; row++) {
            int network = routes.prefix(row).bits() >>> 6;
            assertThat(row == 0 || routes.key(row - 1) < routes.key(row)).isTrue();
            assertThat(routes.viaNumber(row)).isEqualTo(network & 1);
            assertThat(routes.poolNumber(row)).isEqualTo(network >>> 1 & 1);
        }
    }
}
