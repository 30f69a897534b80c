package io.culvert.reconciler.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RouteTableTest {

    private static RouteTable.Builder add(RouteTable.Builder builder, String prefix, int metric, int device) {
        return builder.add(Prefix.parse(prefix).key(), metric, 0, 0, device, RouteTable.UNICAST, 3);
    }

    @Test
    void isSortedByPrefixThenMetric() {
        RouteTable.Builder builder = new RouteTable.Builder();
        add(builder, "192.168.0.0/26", 0, 1);
        add(builder, "10.0.0.0/8", -1, 2);
        add(builder, "10.0.0.0/8", 1024, 3);
        add(builder, "10.0.0.0/8", 0, 4);
        add(builder, "0.0.0.0/0", 100, 5);

        RouteTable table = builder.build();
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < table.size(); row++) {
            rows.add(table.prefix(row) + " metric " + Integer.toUnsignedString(table.metric(row)) + " dev "
                    + table.device(row));
        }
        assertThat(rows)
                .containsExactly(
                        "0.0.0.0/0 metric 100 dev 5",
                        "10.0.0.0/8 metric 0 dev 4",
                        "10.0.0.0/8 metric 1024 dev 3",
                        "10.0.0.0/8 metric 4294967295 dev 2",
                        "192.168.0.0/26 metric 0 dev 1");
    }

    @Test
    void keepsEveryColumnOfItsRow() {
        RouteTable table = new RouteTable.Builder()
                .add(Prefix.parse("192.168.64.0/26").key(), 7, 90_000_001, 0x0a00010c, 4, RouteTable.UNICAST, 200)
                .add(Prefix.parse("10.0.0.0/8").key(), 0, 0, 0, 0, RouteTable.BLACKHOLE, 90)
                .build();

        assertThat(table.type(0)).isEqualTo(RouteTable.BLACKHOLE);
        assertThat(table.gateway(0)).isNull();
        assertThat(table.protocol(0)).isEqualTo(90);
        assertThat(table.metric(1)).isEqualTo(7);
        assertThat(table.nextHop(1)).isEqualTo(90_000_001);
        assertThat(table.gateway(1)).isEqualTo(Address.parse("10.0.1.12"));
        assertThat(table.device(1)).isEqualTo(4);
        assertThat(table.type(1)).isEqualTo(RouteTable.UNICAST);
        assertThat(table.protocol(1)).isEqualTo(200);
    }

    @Test
    void takesManyRowsInAnyOrder() {
        int count = 100_000;
        int[] order = new Random(3).ints(0, 1 << 26).distinct().limit(count).toArray();
        RouteTable.Builder builder = new RouteTable.Builder();
        for (int network : order) {
            builder.add(new Prefix(network << 6, 26).key(), 0, network, 0, 0, RouteTable.UNICAST, 90);
        }

        RouteTable table = builder.build();
        assertThat(table.size()).isEqualTo(count);
        for (int row = 0; row < count; row++) {
            assertThat(row == 0 || table.key(row - 1) < table.key(row)).isTrue();
            assertThat(table.nextHop(row)).isEqualTo(table.prefix(row).bits() >>> 6);
        }
    }

    @Test
    void findsAPlaceForAKey() {
        RouteTable.Builder builder = new RouteTable.Builder();
        add(builder, "10.0.0.0/8", 0, 1);
        add(builder, "10.0.0.0/8", 5, 1);
        add(builder, "192.168.0.0/26", 0, 1);
        RouteTable table = builder.build();

        assertThat(table.firstAtOrAfter(0)).isZero();
        assertThat(table.firstAtOrAfter(Prefix.parse("10.0.0.0/8").key())).isZero();
        assertThat(table.firstAtOrAfter(Prefix.parse("10.0.0.0/16").key())).isEqualTo(2);
        assertThat(table.firstAtOrAfter(Prefix.parse("192.168.0.64/26").key())).isEqualTo(3);
        assertThat(RouteTable.EMPTY.firstAtOrAfter(0)).isZero();
    }
}
